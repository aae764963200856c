import type { Estimate } from "./statistics";

export type Target = {
  name: string;
  /** The measured number, with its 95 % interval if there is one. */
  value: number;
  interval: readonly [low: number, high: number] | null;
  bound: number;
  /** Whether the value must be at least or at most the bound. */
  sense: "at least" | "at most";
  unit: "×" | "MB" | "%";
};

/** A target that was not measured, and why. It counts neither as held nor as missed. */
export type Unmeasured = { name: string; reason: string };

/** A target for a ratio, which must reach its bound. */
export function ratioTarget(name: string, bound: number, { ratio, interval }: Estimate): Target {
  return { name, value: ratio, interval, bound, sense: "at least", unit: "×" };
}

/** Decided by the point estimate alone; the interval shows how certain that is. */
export function holds({ value, bound, sense }: Target): boolean {
  return sense === "at least" ? value >= bound : value <= bound;
}

/** True when the interval contains the bound: another run may decide otherwise. */
export function isUncertain({ interval, bound }: Target): boolean {
  return interval !== null && interval[0] < bound && bound < interval[1];
}

const digits = { "×": 2, MB: 0, "%": 1 } as const satisfies Record<Target["unit"], number>;
const show = (value: number, unit: Target["unit"]): string => `${value.toFixed(digits[unit])} ${unit}`;

/** One line for a terminal. */
export function describeTarget(target: Target): string {
  const { name, value, interval, bound, sense, unit } = target;
  const range = interval === null ? "" : ` [${interval[0].toFixed(2)}, ${interval[1].toFixed(2)}]`;
  const doubt = isUncertain(target) ? "; the interval contains the bound" : "";
  const mark = holds(target) ? "✓ held  " : "✗ missed";
  return `${mark} ${name}: ${show(value, unit)}${range}, ${sense} ${show(bound, unit)}${doubt}`;
}
