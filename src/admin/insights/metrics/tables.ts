import type { NodeMetrics } from "../contract/nodes";
import type { InsightTable, TableExtras, TableName, TablePage, TableQuestion, TableRows } from "../contract/tables";
import type { SeriesOf, TelemetrySeries, TelemetryTotals } from "@weir/telemetry";
import { toPeriodBefore } from "./comparison";
import {
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

const covered = (seen: TelemetryTotals): number => coveredMs(seen, reportedOf(seen));

type RowReader<Row> = {
  /** The text that is searched; the name by default. */
  textOf?: (row: Row) => string;
  /** The value of a column, by default the row's own. Anything but a number or a text counts as no value. */
  cellOf?: (row: Row, column: string) => unknown;
};
/** How a table is computed: all of its rows, their names, and its kind of series. */
type Source<Row> = RowReader<Row> & {
  rowsOf: (seen: TelemetryTotals) => Row[];
  nameOf: (row: Row) => string;
  kind: keyof TelemetryTotals["capped"];
};
const ownName = ({ name }: { name: string }): string => name;
const sources: { readonly [Name in TableName]: Source<TableRows[Name]> } = {
  procedures: { kind: "rpc", nameOf: ownName, rowsOf: (seen) => toProcedures(seen.series.rpc, covered(seen)) },
  statements: {
    kind: "sql",
    nameOf: ownName,
    rowsOf: (seen) => toStatements(seen, covered(seen)),
    textOf: ({ name, text }) => `${name} ${text}`,
    cellOf: (row, column) => (column === "callers" ? row.callers[0]?.procedure : Reflect.get(row, column)),
  },
  groups: { kind: "cache", nameOf: ({ group }) => group, rowsOf: (seen) => toGroups(seen.series.cache, covered(seen)) },
  tags: {
    kind: "tag",
    nameOf: ({ family }) => family,
    rowsOf: (seen) => toTagFamilies(seen.series.tag, covered(seen)),
  },
  redis: { kind: "redis", nameOf: ownName, rowsOf: (seen) => toRedisCommands(seen.series.redis, covered(seen)) },
};

/** What a table has beside its rows. `nodes` are the current reports. */
const extrasOf: {
  readonly [Name in TableName]: (seen: TelemetryTotals, nodes: readonly NodeMetrics[]) => TableExtras[Name];
} = {
  procedures: () => ({}),
  statements: () => ({}),
  groups: ({ series }) => ({
    databaseTimeSavedMs: databaseTimeSaved(series.cache.values()),
    databaseTimeSavedFormula: savedFormula,
  }),
  tags: () => ({}),
  redis: ({ series }, nodes) => ({ breakers: toBreakers(series.redis, nodes) }),
};

/** The requested page of a table, each row with its values in the previous period if that was read. */
export function toTable<Name extends TableName>(
  name: Name,
  seen: TelemetryTotals,
  before: TelemetryTotals | null,
  question: TableQuestion,
  nodes: readonly NodeMetrics[] = [],
): InsightTable<Name> {
  const source: Source<TableRows[Name]> = sources[name];
  const { rows, ...page } = pickPage(source.rowsOf(seen), question, source.nameOf, source);
  const earlier = new Map(before === null ? [] : source.rowsOf(before).map((row) => [source.nameOf(row), row]));
  const shown: TablePage<TableRows[Name] & { before: TableRows[Name] | null }> = {
    ...page,
    rows: rows.map((row) => ({ ...cut(row), before: cut(earlier.get(source.nameOf(row)) ?? null) })),
    capped: seen.capped[source.kind],
  };
  const period = { ...toPeriod(seen, reportedOf(seen)), before: before && toPeriodBefore(before, reportedOf(before)) };
  return { ...period, ...shown, ...extrasOf[name](seen, nodes) };
}

/** Statement texts are long: the list shows their beginnings. */
function cut<Row extends object | null>(row: Row): Row {
  return row !== null && "text" in row && typeof row.text === "string" ? { ...row, text: cutText(row.text) } : row;
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
    figures: one === null ? null : toStatement(name, one, seen, time),
    histogram: one === null ? [] : barsOf(one.durations),
    waitHistogram: one === null ? [] : barsOf(one.waits),
    trend: read.reported.map((didReport, index) =>
      didReport ? toPoint(read.buckets[index] ?? null, read.fromMs + index * read.stepMs) : null,
    ),
  };
}

const sortable = (value: unknown): number | string | null =>
  typeof value === "number" || typeof value === "string" ? value : null;

/**
 * The requested page of the matching rows, sorted. Rows without a value come last in either direction; ties are sorted
 * by name.
 */
export function pickPage<Row extends object>(
  rows: readonly Row[],
  { sort, atLeast, atMost, search, offset, limit }: TableQuestion,
  nameOf: (row: Row) => string,
  { textOf = nameOf, cellOf = Reflect.get }: RowReader<Row> = {},
): Omit<TablePage<Row>, "capped"> {
  const wanted = search.toLowerCase();
  const isKnown = (bound: [string, number | undefined]): bound is [string, number] => bound[1] !== undefined;
  const least = Object.entries(atLeast).filter(isKnown);
  const most = Object.entries(atMost).filter(isKnown);
  const numberAt = (row: Row, column: string): number => {
    const value = cellOf(row, column);
    // Neither reaches nor keeps within any bound.
    return typeof value === "number" ? value : Number.NaN;
  };
  const matching = rows.filter(
    (row) =>
      textOf(row).toLowerCase().includes(wanted) &&
      least.every(([column, bound]) => numberAt(row, column) >= bound) &&
      most.every(([column, bound]) => numberAt(row, column) <= bound),
  );
  const sign = sort.descending ? -1 : 1;
  const compare = (a: Row, b: Row): number => {
    if (sort.by === "name") return sign * byName(nameOf(a), nameOf(b));
    const [mine, its] = [sortable(cellOf(a, sort.by)), sortable(cellOf(b, sort.by))];
    if (mine === its) return byName(nameOf(a), nameOf(b));
    if (mine === null) return 1;
    if (its === null) return -1;
    return sign * (mine < its ? -1 : 1);
  };
  const sorted = matching.toSorted(compare);
  return { rows: sorted.slice(offset, offset + limit), matching: matching.length, total: rows.length };
}
