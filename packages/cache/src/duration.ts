import type { Duration } from "./types";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The milliseconds in a duration such as `"250ms"`, `"1.5s"` or `"7d"`.
 * @throws RangeError for anything else: negative, unit missing, not a number
 */
export function parseDuration(text: Duration): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/u.exec(text) ?? [];
  const factor = unitMs[unit ?? ""];
  if (amount === undefined || factor === undefined) {
    throw new RangeError(`Not a duration: ${JSON.stringify(text)}. Write an amount and a unit: "250ms", "10s", "5m".`);
  }
  return Number(amount) * factor;
}
