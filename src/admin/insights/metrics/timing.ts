import type { TimingRow } from "../contract/overview";
import type { Spread } from "../contract/nodes";
import type { HistogramBar } from "../contract/series";
import { bucketEdges, Histogram } from "@weir/core/sketches/histogram";
import type { OutcomeCounts } from "@weir/core/outcomes";

export function spreadOf(durations: Histogram): Spread {
  const { count, sumMs } = durations;
  return {
    count,
    meanMs: count === 0 ? null : sumMs / count,
    p50Ms: durations.quantile(0.5),
    p95Ms: durations.quantile(0.95),
    p99Ms: durations.quantile(0.99),
    maxMs: count === 0 ? null : durations.maxMs,
  };
}

export function toTiming(name: string, durations: Histogram, errors: number): TimingRow {
  return { name, ...spreadOf(durations), errors, totalMs: durations.sumMs };
}

/** All of these histograms merged. */
export function mergedHistogram(parts: Iterable<Histogram>): Histogram {
  const merged = new Histogram();
  for (const part of parts) merged.merge(part);
  return merged;
}

/** `part` ÷ `whole`; null when `whole` is zero. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export function perSecond(count: number, coveredMs: number): number | null {
  return coveredMs === 0 ? null : count / (coveredMs / 1_000);
}

/** Bars from the shortest to the longest duration, including empty ones in between. */
export function barsOf({ buckets }: Histogram): HistogramBar[] {
  const bars = [...buckets].map((count, bucket) => ({ ...bucketEdges(bucket), count }));
  const first = bars.findIndex(({ count }) => count > 0);
  const last = bars.findLastIndex(({ count }) => count > 0);
  return first === -1 ? [] : bars.slice(first, last + 1);
}

export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type CountsOutcomes = { addOutcomes: (counts: OutcomeCounts) => void };

export function outcomesOf(series: Iterable<CountsOutcomes>): OutcomeCounts {
  const counts = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  for (const one of series) one.addOutcomes(counts);
  return counts;
}

/** Kinds with a single series, and its name. */
export const onlySeries = { pool: "database", process: "process", observer: "observer" } as const;
