import { countReads, hitRatio, loadsPer1000Reads } from "@weir/core/outcomes";
import type { InsightBucket, InsightsOverview, ProcedureRow } from "@/admin/insights/contract/overview";
import { minSamples } from "@/ui/charts/chart-source";

export type Tiles = {
  /** Of the last complete bucket; null if it is a gap. */
  callsPerSecond: number | null;
  callRates: (number | null)[];
  calls: number;
  errors: number;
  /** Rejected with a client error. */
  refused: number;
  errorCounts: (number | null)[];
  /** Null without calls. */
  errorRatio: number | null;
  hitRatios: (number | null)[];
  readCounts: (number | null)[];
  /** Loads that reads waited for, per 1000 reads except bypass. The tile's own value also counts background refreshes. */
  loadRates: (number | null)[];
  /** The procedure with the highest p95 among those with enough calls, else the most called one; null without calls. */
  slowest: { row: ProcedureRow; isLowSample: boolean } | null;
};

function slowestOf(procedures: readonly ProcedureRow[]): Tiles["slowest"] {
  const byP95 = (a: ProcedureRow, b: ProcedureRow): number => (b.p95Ms ?? 0) - (a.p95Ms ?? 0);
  const frequent = procedures.filter((row) => row.count >= minSamples).toSorted(byP95)[0];
  if (frequent !== undefined) return { row: frequent, isLowSample: false };
  const most = procedures.toSorted((a, b) => b.count - a.count)[0];
  return most === undefined || most.count === 0 ? null : { row: most, isLowSample: true };
}

/** Prepares the tiles. Rates come from complete buckets: the last one would read too low. */
export function prepareTiles(overview: Pick<InsightsOverview, "buckets" | "stepMs" | "procedures">): Tiles {
  const { buckets, stepMs, procedures } = overview;
  const perSecond = (bucket: InsightBucket): number | null => (bucket === null ? null : bucket.calls / (stepMs / 1000));
  const calls = procedures.reduce((sum, row) => sum + row.count, 0);
  const errors = procedures.reduce((sum, row) => sum + row.errors, 0);
  return {
    callsPerSecond: perSecond(buckets.at(-2) ?? null),
    callRates: buckets.map(perSecond),
    calls,
    errors,
    refused: procedures.reduce((sum, row) => sum + row.refused, 0),
    errorCounts: buckets.map((bucket) => bucket?.errors ?? null),
    errorRatio: calls === 0 ? null : errors / calls,
    readCounts: buckets.map((bucket) => (bucket === null ? null : countReads(bucket.outcomes))),
    loadRates: buckets.map((bucket) => {
      if (bucket === null) return null;
      const { miss, error } = bucket.outcomes;
      return loadsPer1000Reads(miss + error, bucket.outcomes);
    }),
    hitRatios: buckets.map((bucket) => (bucket === null ? null : hitRatio(bucket.outcomes))),
    slowest: slowestOf(procedures),
  };
}

/** The largest value, at least `min`. */
export function maxOf(values: readonly (number | null)[], min: number): number {
  return values.reduce<number>((max, value) => Math.max(max, value ?? 0), min);
}
