import { readAloud } from "../../format/numbers";
import type { ChartUnit } from "../chart-source";
import { readingOf } from "./value-axis";

/** The direction of a series: the mean of its last third against the mean of its first. */
type Trend = "rising" | "falling" | "steady";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Null with fewer than six values. A change below 15 % of the larger side is steady. */
function trendOf(values: readonly (number | null)[]): Trend | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 6) return null;
  const third = Math.floor(known.length / 3);
  const [first, last] = [mean(known.slice(0, third)), mean(known.slice(-third))];
  if (Math.abs(last - first) <= 0.15 * Math.max(Math.abs(first), Math.abs(last))) return "steady";
  return last > first ? "rising" : "falling";
}

/**
 * A series in words, for screen readers: minimum, maximum with its time, the last value and the trend. `values` are
 * those of complete intervals.
 */
export function seriesSentence(
  label: string,
  unit: ChartUnit,
  values: readonly (number | null)[],
  timeAt: (index: number) => string,
): string {
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return `${label}: no values.`;
  let [low, high] = [first, first];
  for (const one of known) {
    if (one.value < low.value) low = one;
    if (one.value > high.value) high = one;
  }
  const say = (value: number): string => readAloud(readingOf(unit, value));
  const trend = trendOf(values);
  return `${label}: min ${say(low.value)}, max ${say(high.value)} at ${timeAt(high.index)}, last ${say(last.value)}${trend === null ? "" : `, ${trend}`}.`;
}
