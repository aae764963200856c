import type { InsightBucket, InsightsOverview, ProcedureRow, StatementRow, TimingRow } from "../contract/overview";
import type { InsightFilter } from "../contract/range";
import { maxRows } from "../contract/tables";
import { createSeries, type TelemetryTotals } from "@weir/telemetry";
import { toComparison, toHeadline } from "./comparison";
import { summariseCache, toProcedureRow, toStatementRow } from "./rows";
import { coveredMs, iso, reportedOf, toPeriod } from "./period";
import { byName, share } from "./timing";
import { judge, type JudgedBefore } from "./verdicts";

function byTotalTime(a: TimingRow, b: TimingRow): number {
  return b.totalMs - a.totalMs || byName(a.name, b.name);
}

function toBuckets({ slots, fromMs, stepMs }: TelemetryTotals): InsightBucket[] {
  return slots.map((slot, index) => (slot === null ? null : { at: iso(fromMs + index * stepMs), ...slot }));
}

type Parts = Pick<
  InsightsOverview,
  "buckets" | "figures" | "cache" | "procedures" | "statements" | "dropped" | "capped"
>;
/** A reading is shared by all who ask within a second; so is what is made of it. */
const known = new WeakMap<TelemetryTotals, Parts>();

/** At most 200 of each, so that an answer has its bounds. */
function foldRows({ rpc, sql, cache }: TelemetryTotals["series"]) {
  return {
    rpc: foldBeyond(rpc, maxRows, {
      create: createSeries.rpc,
      weightOf: ({ ok, failed }) => ok.sumNs + failed.sumNs,
    }),
    sql: foldBeyond(sql, maxRows, { create: createSeries.sql, weightOf: ({ durations }) => durations.sumNs }),
    cache: foldBeyond(cache, maxRows, { create: createSeries.cache, weightOf: ({ reads }) => reads }),
  };
}

function toParts(seen: TelemetryTotals): Parts {
  const { texts } = seen;
  const series = foldRows(seen.series);
  const procedures: ProcedureRow[] = [...series.rpc].map(([name, one]) => toProcedureRow(name, one));
  const statements: StatementRow[] = [...series.sql].map(([name, one]) =>
    toStatementRow(name, one, texts.get(name)?.text ?? ""),
  );
  return {
    buckets: toBuckets(seen),
    figures: toHeadline(seen, coveredMs(seen, reportedOf(seen))),
    cache: summariseCache(series.cache),
    procedures: procedures.toSorted(byTotalTime),
    statements: statements.toSorted(byTotalTime),
    dropped: seen.dropped,
    capped: Object.values(seen.capped).reduce((sum, messages) => sum + messages, 0),
  };
}

function partsOf(seen: TelemetryTotals): Parts {
  const before = known.get(seen);
  if (before !== undefined) return before;
  const parts = toParts(seen);
  known.set(seen, parts);
  return parts;
}

/** What verdicts say that it was before. */
function toJudgedBefore({ series }: TelemetryTotals): NonNullable<JudgedBefore> {
  const { hitRatio } = summariseCache(series.cache);
  let calls = 0;
  let errors = 0;
  for (const { count, faults } of series.rpc.values()) {
    calls += count;
    errors += faults;
  }
  return {
    hitRatio,
    errorRatio: share(errors, calls),
    waitP95MsOf: (statement) => series.sql.get(statement)?.waits.quantile(0.95) ?? null,
  };
}

/** The overview of one reading of the store, beside that of the period before where it is wanted. */
export function toOverview(
  range: InsightFilter["range"],
  seen: TelemetryTotals,
  before: TelemetryTotals | null,
  rest: Pick<InsightsOverview, "nodes" | "marks">,
): InsightsOverview {
  const parts = partsOf(seen);
  return {
    ...toPeriod(seen, reportedOf(seen)),
    range: typeof range === "string" ? range : null,
    ...parts,
    verdicts: judge({ ...parts, nodes: rest.nodes }, before && toJudgedBefore(before)),
    before: before && toComparison(parts.figures, before),
    ...rest,
  };
}

type Mergeable<Series> = { merge: (other: Series) => void };

/** Where telemetry counts what has no row of its own. */
const otherSeries = "(other)";

/**
 * The heaviest series, at most `most`; all others together under "(other)", so that sums stay exact. What was handed in is
 * not changed.
 */
export function foldBeyond<Series extends Mergeable<Series>>(
  series: ReadonlyMap<string, Series>,
  most: number,
  { create, weightOf }: { create: () => Series; weightOf: (series: Series) => number },
): ReadonlyMap<string, Series> {
  if (series.size <= most) return series;
  const named = [...series].filter(([name]) => name !== otherSeries);
  const sorted = named
    .map(([name, one]) => ({ name, one, weight: weightOf(one) }))
    .toSorted((a, b) => b.weight - a.weight);
  const others = create();
  const already = series.get(otherSeries);
  if (already !== undefined) others.merge(already);
  for (const { one } of sorted.slice(most - 1)) others.merge(one);
  return new Map([...sorted.slice(0, most - 1).map(({ name, one }) => [name, one] as const), [otherSeries, others]]);
}
