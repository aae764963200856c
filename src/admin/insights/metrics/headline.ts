import type { HeadlineFigures, HeadlineName, InsightsComparison } from "../contract/overview";
import type { TelemetryTotals } from "@weir/telemetry";
import { onlySeries } from "./only-series";
import { countReads, hitRatio, loadsPer1000Reads } from "@weir/core/outcomes";
import { outcomesOf } from "./outcomes";
import { mergedHistogram, perSecond, share } from "./timing";

/** The figures one looks at first, over all procedures, groups, statements and nodes. */
export function toHeadline({ series }: Pick<TelemetryTotals, "series">, coveredMs: number): HeadlineFigures {
  const calls = mergedHistogram([...series.rpc.values()].flatMap(({ ok, failed }) => [ok, failed]));
  const errors = [...series.rpc.values()].reduce((sum, { faults }) => sum + faults, 0);
  const outcomes = outcomesOf(series.cache.values());
  const loads = [...series.cache.values()].reduce((sum, one) => sum + one.loads.count, 0);
  const statements = [...series.sql.values()].reduce((sum, { count }) => sum + count, 0);
  const pool = series.pool.get(onlySeries.pool);
  const processes = series.process.get(onlySeries.process);
  return {
    callsPerSecond: perSecond(calls.count, coveredMs),
    p50Ms: calls.quantile(0.5),
    p95Ms: calls.quantile(0.95),
    p99Ms: calls.quantile(0.99),
    errorRatio: share(errors, calls.count),
    readsPerSecond: perSecond(countReads(outcomes), coveredMs),
    hitRatio: hitRatio(outcomes),
    loadsPer1000Reads: loadsPer1000Reads(loads, outcomes),
    statementsPerSecond: perSecond(statements, coveredMs),
    poolInUseMean: pool?.inUseMean ?? null,
    poolWaitP95Ms: pool?.waits.quantile(0.95) ?? null,
    eventLoopDelayP99Ms: processes?.loopDelays.quantile(0.99) ?? null,
    eventLoopUtilisation: processes?.utilisationMean ?? null,
  };
}

/** What changed from `before` to `now`, figure by figure. */
export function toDeltas(now: HeadlineFigures, before: HeadlineFigures): InsightsComparison["deltas"] {
  const deltaOf = (name: HeadlineName): InsightsComparison["deltas"][HeadlineName] => {
    const [is, was] = [now[name], before[name]];
    return is === null || was === null ? null : { change: is - was, ratio: share(is - was, was) };
  };
  // One entry per figure, from the list of all of them.
  return Object.fromEntries(
    (Object.keys(now) as HeadlineName[]).map((name) => [name, deltaOf(name)]),
  ) as InsightsComparison["deltas"];
}
