import type { NodeMetrics } from "../contract/nodes";
import type {
  InsightsGroups,
  InsightsProcedures,
  InsightsRedis,
  InsightsStatements,
  InsightsTags,
  TablePage,
  TableQuestion,
} from "../contract/tables";
import type { SeriesOf, TelemetrySeries, TelemetryTotals } from "@weir/telemetry";
import { rowsBefore, toPeriodBefore } from "./comparison";
import {
  callDurations,
  cutText,
  databaseTimeSaved,
  savedFormula,
  statementsMs,
  toBreakers,
  toGroups,
  toProcedures,
  toRedisCommands,
  toStatement,
  toStatements,
  toTagFamilies,
} from "./rows";
import { coveredMs, iso, reportedOf, toPeriod } from "./period";
import type { InsightsStatement, StatementTrendPoint } from "../contract/series";
import { barsOf, byName, spreadOf } from "./timing";

type Question = TableQuestion;
const nameOfRow = ({ name }: { name: string }): string => name;
const covered = (seen: TelemetryTotals): number => coveredMs(seen, reportedOf(seen));
const periodOf = (seen: TelemetryTotals) => toPeriod(seen, reportedOf(seen));
const beforeOf = (before: TelemetryTotals | null) => before && toPeriodBefore(before, reportedOf(before));

export function toProceduresTable(
  seen: TelemetryTotals,
  before: TelemetryTotals | null,
  question: Question,
): InsightsProcedures {
  const { rows, ...page } = pickPage(toProcedures(seen.series.rpc, covered(seen)), question, nameOfRow);
  const rowBefore = rowsBefore(before, (name, { series }) => {
    const one = series.rpc.get(name);
    return one === undefined ? null : callDurations(one);
  });
  return {
    ...periodOf(seen),
    ...page,
    rows: rows.map((row) => ({ ...row, before: rowBefore(row.name) })),
    capped: seen.capped.rpc,
    before: beforeOf(before),
  };
}

export function toStatementsTable(
  seen: TelemetryTotals,
  before: TelemetryTotals | null,
  question: Question,
): InsightsStatements {
  const { rows, ...page } = pickPage(toStatements(seen, covered(seen)), question, nameOfRow);
  const rowBefore = rowsBefore(before, (name, { series }) => series.sql.get(name)?.durations ?? null);
  return {
    ...periodOf(seen),
    ...page,
    rows: rows.map((row) => ({ ...row, text: cutText(row.text), before: rowBefore(row.name) })),
    capped: seen.capped.sql,
    before: beforeOf(before),
  };
}

export function toGroupsTable(seen: TelemetryTotals, question: Question): InsightsGroups {
  const groups = toGroups(seen.series.cache, covered(seen));
  return {
    ...periodOf(seen),
    ...pickPage(groups, question, ({ group }) => group),
    capped: seen.capped.cache,
    databaseTimeSavedMs: databaseTimeSaved(seen.series.cache.values()),
    databaseTimeSavedFormula: savedFormula,
  };
}

export function toTagsTable(seen: TelemetryTotals, question: Question): InsightsTags {
  const families = toTagFamilies(seen.series.tag, covered(seen));
  const page: Omit<TablePage<(typeof families)[number]>, "capped"> = pickPage(families, question, (row) => row.family);
  return { ...periodOf(seen), ...page, capped: seen.capped.tag };
}

export function toRedisTable(seen: TelemetryTotals, nodes: readonly NodeMetrics[], question: Question): InsightsRedis {
  return {
    ...periodOf(seen),
    ...pickPage(toRedisCommands(seen.series.redis, covered(seen)), question, nameOfRow),
    capped: seen.capped.redis,
    breakers: toBreakers(seen.series.redis, nodes),
  };
}

type SqlSeries = SeriesOf["sql"];

function toPoint(series: SqlSeries | null, atMs: number): NonNullable<StatementTrendPoint> {
  const at = iso(atMs);
  const nothing = { meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null, waitP95Ms: null };
  if (series === null) return { at, count: 0, errors: 0, ...nothing };
  const { maxMs: _, ...spread } = spreadOf(series.durations);
  return { at, ...spread, errors: series.errors, waitP95Ms: series.waits.quantile(0.95) };
}

/** Everything known about one statement: totals of the range from `seen`, values over time from `read`. Null if it is unknown. */
export function toStatementDetail(
  name: string,
  seen: TelemetryTotals,
  read: Pick<TelemetrySeries, "fromMs" | "stepMs" | "reported"> & { buckets: readonly (SqlSeries | null)[] },
): InsightsStatement | null {
  const one = seen.series.sql.get(name) ?? null;
  const text = seen.texts.get(name)?.text ?? null;
  if (one === null && text === null) return null;
  const reported = reportedOf(seen);
  const time = { coveredMs: coveredMs(seen, reported), allMs: statementsMs(seen.series.sql) };
  return {
    ...toPeriod(seen, reported),
    name,
    text,
    figures: one === null ? null : { ...toStatement(name, one, seen, time), before: null },
    histogram: one === null ? [] : barsOf(one.durations),
    waitHistogram: one === null ? [] : barsOf(one.waits),
    trend: read.reported.map((didReport, index) =>
      didReport ? toPoint(read.buckets[index] ?? null, read.fromMs + index * read.stepMs) : null,
    ),
  };
}

function numberAt(row: object, column: string): number | null {
  const value: unknown = Reflect.get(row, column);
  return typeof value === "number" ? value : null;
}

/**
 * The requested page of the matching rows, sorted. Rows without a value come last in either direction; ties are sorted
 * by name.
 */
export function pickPage<Row extends object>(
  rows: readonly Row[],
  { sort, atLeast, search, offset, limit }: TableQuestion,
  nameOf: (row: Row) => string,
): Omit<TablePage<Row>, "capped"> {
  const wanted = search.toLowerCase();
  const bounds = Object.entries(atLeast).filter((bound): bound is [string, number] => bound[1] !== undefined);
  const matching = rows.filter(
    (row) =>
      nameOf(row).toLowerCase().includes(wanted) &&
      bounds.every(([column, least]) => (numberAt(row, column) ?? -1) >= least),
  );
  const sign = sort.descending ? -1 : 1;
  const compare = (a: Row, b: Row): number => {
    if (sort.by === "name") return sign * byName(nameOf(a), nameOf(b));
    const [mine, its] = [numberAt(a, sort.by), numberAt(b, sort.by)];
    if (mine === its) return byName(nameOf(a), nameOf(b));
    if (mine === null) return 1;
    if (its === null) return -1;
    return sign * (mine - its);
  };
  const sorted = matching.toSorted(compare);
  return { rows: sorted.slice(offset, offset + limit), matching: matching.length, total: rows.length };
}
