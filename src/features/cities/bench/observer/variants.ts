/** The parts of telemetry that each server disables, as in `WEIR_DISABLE`. */
export const variants = {
  recording: [],
  "no traces": ["traces"],
  off: ["telemetry", "traces"],
  /** The same as `off` in another process, to show the difference between two equal servers. */
  "off again": ["telemetry", "traces"],
} as const satisfies Record<string, readonly string[]>;

export type Variant = keyof typeof variants;
