import type {
  InsightBucket,
  InsightsOverview,
  InsightServiceNote,
  InsightTrouble,
  ProcedureRow,
  StatementRow,
  TimingRow,
} from "../contract/overview";
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
/** Callers within one second share a reading and everything derived from it. */
const known = new WeakMap<TelemetryTotals, Parts>();

/** At most 200 of each, so that the response stays bounded. */
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

/** The previous values that verdicts mention. */
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

/** The overview of one reading of the store, compared with the previous period if requested. */
export function toOverview(
  range: InsightFilter["range"],
  seen: TelemetryTotals,
  before: TelemetryTotals | null,
  rest: Pick<InsightsOverview, "nodes" | "marks">,
  notes: { troubles?: readonly InsightTrouble[]; serviceNotes?: readonly InsightServiceNote[] } = {},
): InsightsOverview {
  const parts = partsOf(seen);
  return {
    ...toPeriod(seen, reportedOf(seen)),
    range: typeof range === "string" ? range : null,
    ...parts,
    verdicts: judge({ ...parts, nodes: rest.nodes, ...notes }, before && toJudgedBefore(before)),
    before: before && toComparison(parts.figures, before),
    ...rest,
  };
}

type Mergeable<Series> = { merge: (other: Series) => void };

/** The series in which telemetry counts everything without its own row. */
const otherSeries = "(other)";

/**
 * The heaviest series, at most `max`, and all others combined under "(other)", so that sums stay exact. The input is
 * not changed.
 */
export function foldBeyond<Series extends Mergeable<Series>>(
  series: ReadonlyMap<string, Series>,
  max: number,
  { create, weightOf }: { create: () => Series; weightOf: (series: Series) => number },
): ReadonlyMap<string, Series> {
  if (series.size <= max) return series;
  const named = [...series].filter(([name]) => name !== otherSeries);
  const sorted = named
    .map(([name, one]) => ({ name, one, weight: weightOf(one) }))
    .toSorted((a, b) => b.weight - a.weight);
  const others = create();
  const already = series.get(otherSeries);
  if (already !== undefined) others.merge(already);
  for (const { one } of sorted.slice(max - 1)) others.merge(one);
  return new Map([...sorted.slice(0, max - 1).map(({ name, one }) => [name, one] as const), [otherSeries, others]]);
}
