/** What of the observing each server leaves out, as `WEIR_DISABLE` takes it. */
export const variants = {
  recording: [],
  "no traces": ["traces"],
  off: ["telemetry", "traces"],
  /** The same as `off`, in a process of its own: how far two equal servers are apart. */
  "off again": ["telemetry", "traces"],
} as const satisfies Record<string, readonly string[]>;

export type Variant = keyof typeof variants;
