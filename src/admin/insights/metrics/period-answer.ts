import type { InsightCoverage, InsightPeriod } from "../contract/range";
import type { ReadRange, TelemetryTotals } from "@weir/telemetry";

export const iso = (atMs: number): string => new Date(atMs).toISOString();

export const reportedOf = ({ slots }: Pick<TelemetryTotals, "slots">): boolean[] => slots.map((slot) => slot !== null);

/** The time of the buckets in which a node reported; of the one that is filling, what has passed of it. */
export function coveredMs({ asOfMs, fromMs, stepMs }: ReadRange, reported: readonly boolean[]): number {
  let sum = 0;
  for (const [index, didReport] of reported.entries()) {
    if (!didReport) continue;
    const beginMs = fromMs + index * stepMs;
    sum += Math.max(0, Math.min(stepMs, asOfMs - beginMs));
  }
  return sum;
}

export function toCoverage(read: ReadRange, reported: readonly boolean[]): InsightCoverage {
  return {
    coveredMs: coveredMs(read, reported),
    missing: read.coverage.missing.map(({ fromMs, toMs, why }) => ({ from: iso(fromMs), to: iso(toMs), why })),
  };
}

export function toPeriod(read: ReadRange, reported: readonly boolean[]): InsightPeriod {
  const { asOfMs, fromMs, toMs, stepMs } = read;
  return {
    asOf: iso(asOfMs),
    from: iso(fromMs),
    to: iso(Math.min(toMs, asOfMs)),
    stepMs,
    coverage: toCoverage(read, reported),
  };
}
