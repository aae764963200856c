import type { InsightsPool, NodeFigures } from "../contract/nodes";
import type { InsightPeriod } from "../contract/range";
import { Histogram } from "@weir/core/sketches/histogram";
import type { SeriesOf } from "@weir/telemetry";
import { onlySeries } from "./only-series";
import { spreadOf } from "./timing";

export function toPool(
  series: ReadonlyMap<string, SeriesOf["pool"]>,
  nodes: readonly NodeFigures[],
): Omit<InsightsPool, keyof InsightPeriod> {
  const pool = series.get(onlySeries.pool);
  return {
    wait: spreadOf(pool?.waits ?? new Histogram()),
    inUseMean: pool?.inUseMean ?? null,
    queuedMean: pool?.queuedMean ?? null,
    inUsePeak: pool?.inUsePeak ?? 0,
    queuedPeak: pool?.queuedPeak ?? 0,
    max: pool?.max ?? 0,
    longestHeldMs: pool?.longestHeldMs ?? 0,
    refused: pool?.refused ?? 0,
    expired: pool?.expired ?? 0,
    nodes: nodes.flatMap(({ id, standing, report }) =>
      standing === "reporting" && report !== null ? [{ id, ...report.pool }] : [],
    ),
  };
}
