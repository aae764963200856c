import type { HeadlineMetrics, HeadlineName, InsightsComparison } from "../contract/overview";
import type { PeriodBefore } from "../contract/tables";
import type { ReadRange, TelemetryTotals } from "@weir/telemetry";
import { coveredMs, iso, reportedOf, toCoverage } from "./period";
import { mergedHistogram, onlySeries, outcomesOf, perSecond, share } from "./timing";
import { countReads, hitRatio, loadsPer1000Reads } from "@weir/core/outcomes";

/** The previous period as responses describe it. */
export function toPeriodBefore(read: ReadRange, reported: readonly boolean[]): NonNullable<PeriodBefore> {
  return { from: iso(read.fromMs), to: iso(read.toMs), coverage: toCoverage(read, reported) };
}

/** The metrics of the previous period, and the change since. */
export function toComparison(now: HeadlineMetrics, before: TelemetryTotals): InsightsComparison {
  const reported = reportedOf(before);
  const figures = toHeadline(before, coveredMs(before, reported));
  return { ...toPeriodBefore(before, reported), stepMs: before.stepMs, figures, deltas: toDeltas(now, figures) };
}

/** The headline metrics over all procedures, groups, statements and nodes. */
export function toHeadline({ series }: Pick<TelemetryTotals, "series">, coverageMs: number): HeadlineMetrics {
  const calls = mergedHistogram([...series.rpc.values()].flatMap(({ ok, failed }) => [ok, failed]));
  const errors = [...series.rpc.values()].reduce((sum, { faults }) => sum + faults, 0);
  const outcomes = outcomesOf(series.cache.values());
  const loads = [...series.cache.values()].reduce((sum, one) => sum + one.loads.count, 0);
  const statements = [...series.sql.values()].reduce((sum, { count }) => sum + count, 0);
  const pool = series.pool.get(onlySeries.pool);
  const processes = series.process.get(onlySeries.process);
  return {
    callsPerSecond: perSecond(calls.count, coverageMs),
    p50Ms: calls.quantile(0.5),
    p95Ms: calls.quantile(0.95),
    p99Ms: calls.quantile(0.99),
    errorRatio: share(errors, calls.count),
    readsPerSecond: perSecond(countReads(outcomes), coverageMs),
    hitRatio: hitRatio(outcomes),
    loadsPer1000Reads: loadsPer1000Reads(loads, outcomes),
    statementsPerSecond: perSecond(statements, coverageMs),
    poolInUseMean: pool?.inUseMean ?? null,
    poolWaitP95Ms: pool?.waits.quantile(0.95) ?? null,
    eventLoopDelayP99Ms: processes?.loopDelays.quantile(0.99) ?? null,
    eventLoopUtilisation: processes?.utilisationMean ?? null,
  };
}

/** The change from `before` to `now` for each metric. */
function toDeltas(now: HeadlineMetrics, before: HeadlineMetrics): InsightsComparison["deltas"] {
  const deltaOf = (name: HeadlineName): InsightsComparison["deltas"][HeadlineName] => {
    const [is, was] = [now[name], before[name]];
    return is === null || was === null ? null : { change: is - was, ratio: share(is - was, was) };
  };
  // One entry per metric, from the list of all of them.
  return Object.fromEntries(
    (Object.keys(now) as HeadlineName[]).map((name) => [name, deltaOf(name)]),
  ) as InsightsComparison["deltas"];
}
