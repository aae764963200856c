import type { CacheGroupRow, InsightsOverview } from "../contract/overview";
import type { GroupFigures, TagFamilyFigures } from "../contract/tables";
import type { SeriesOf } from "@weir/telemetry";
import { countReads, hitRatio, loadsPer1000Reads } from "@weir/core/outcomes";
import { outcomesOf } from "./outcomes";
import { byName, perSecond } from "./timing";

type Cache = SeriesOf["cache"];
type Tag = SeriesOf["tag"];

const mostMembers = 10;
/** How `databaseTimeSavedMs` is computed. */
export const savedFormula = "reads answered without a load × (median load − median hit), per group; an estimate";

function toGroupRow(group: string, series: Cache): CacheGroupRow {
  const outcomes = outcomesOf([series]);
  return {
    group,
    reads: countReads(outcomes),
    outcomes,
    hitRatio: hitRatio(outcomes),
    hitP95Ms: series.hits.quantile(0.95),
    loadP95Ms: series.loads.quantile(0.95),
    loads: series.loads.count,
  };
}

export function toGroups(series: ReadonlyMap<string, Cache>, coveredMs: number): GroupFigures[] {
  return [...series].map(([group, one]) => {
    const row = toGroupRow(group, one);
    return {
      ...row,
      readsPerSecond: perSecond(row.reads, coveredMs),
      hitP50Ms: one.hits.quantile(0.5),
      loadP50Ms: one.loads.quantile(0.5),
      fills: one.fills,
      fillBytes: one.fillBytes,
      rejectedFills: one.rejectedFills,
      evictions: one.evictions,
      databaseTimeSavedMs: one.databaseTimeSavedMs,
    };
  });
}

/** The sum over the groups that know theirs; null when none does. */
export function databaseTimeSaved(series: Iterable<Cache>): number | null {
  let sum: number | null = null;
  for (const { databaseTimeSavedMs } of series) {
    if (databaseTimeSavedMs !== null) sum = (sum ?? 0) + databaseTimeSavedMs;
  }
  return sum;
}

export function toTagFamilies(series: ReadonlyMap<string, Tag>, coveredMs: number): TagFamilyFigures[] {
  return [...series].map(([family, one]) => {
    const outcomes = outcomesOf([one]);
    const reads = countReads(outcomes);
    return {
      family,
      reads,
      readsPerSecond: perSecond(reads, coveredMs),
      outcomes,
      hitRatio: hitRatio(outcomes),
      hitP95Ms: one.hits.quantile(0.95),
      loads: one.loads.count,
      loadP95Ms: one.loads.quantile(0.95),
      members: one.members
        .top(mostMembers)
        .map(({ name, count, error }) => ({ tag: name, reads: count, atLeast: count - error })),
    };
  });
}

/** All groups together, and each, most reads first. */
export function summariseCache(series: ReadonlyMap<string, Cache>): InsightsOverview["cache"] {
  const groups = [...series]
    .map(([group, one]) => toGroupRow(group, one))
    .toSorted((a, b) => b.reads - a.reads || byName(a.group, b.group));
  const outcomes = outcomesOf(series.values());
  const loads = groups.reduce((sum, group) => sum + group.loads, 0);
  return {
    reads: countReads(outcomes),
    outcomes,
    hitRatio: hitRatio(outcomes),
    loadsPer1000Reads: loadsPer1000Reads(loads, outcomes),
    groups,
  };
}
