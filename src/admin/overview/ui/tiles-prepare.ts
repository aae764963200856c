import {
  type InsightBucket,
  type InsightsOverview,
  type ProcedureRow,
  readsWithoutLoad,
} from "@/admin/insights/contract/overview";
import { minSamples, sumOutcomes } from "@/ui/charts/outcomes-prepare";

export type Tiles = {
  /** Of the last finished bucket; null when it is a gap. */
  callsPerSecond: number | null;
  callRates: (number | null)[];
  calls: number;
  errors: number;
  /** Answered with an error of the caller's making. */
  refused: number;
  errorCounts: (number | null)[];
  /** Null without calls. */
  errorRatio: number | null;
  hitRatios: (number | null)[];
  readCounts: (number | null)[];
  /** Reads that ended in a load of their own. */
  loadCounts: (number | null)[];
  /** The procedure with the longest p95 among those called often enough; else the one called most; null without calls. */
  slowest: { row: ProcedureRow; isLowSample: boolean } | null;
};

/** (hit + stale + negative) ÷ all reads but bypass of one bucket; null where nothing was read. */
function hitRatioOf(bucket: NonNullable<InsightBucket>): number | null {
  const reads = sumOutcomes(bucket.outcomes) - bucket.outcomes.bypass;
  return reads === 0 ? null : readsWithoutLoad(bucket.outcomes) / reads;
}

function slowestOf(procedures: readonly ProcedureRow[]): Tiles["slowest"] {
  const byP95 = (a: ProcedureRow, b: ProcedureRow): number => (b.p95Ms ?? 0) - (a.p95Ms ?? 0);
  const often = procedures.filter((row) => row.count >= minSamples).toSorted(byP95)[0];
  if (often !== undefined) return { row: often, isLowSample: false };
  const most = procedures.toSorted((a, b) => b.count - a.count)[0];
  return most === undefined || most.count === 0 ? null : { row: most, isLowSample: true };
}

/** Decides what the tiles show. Rates are those of finished buckets: the last one would read too low. */
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
    readCounts: buckets.map((bucket) => (bucket === null ? null : sumOutcomes(bucket.outcomes))),
    loadCounts: buckets.map((bucket) => bucket?.outcomes.miss ?? null),
    hitRatios: buckets.map((bucket) => (bucket === null ? null : hitRatioOf(bucket))),
    slowest: slowestOf(procedures),
  };
}

/** The largest of a run, at least `least`. */
export function mostOf(values: readonly (number | null)[], least: number): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), least);
}
