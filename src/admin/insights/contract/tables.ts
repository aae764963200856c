import type { CacheGroupRow, OutcomeCounts, ProcedureRow, StatementRow, TimingRow } from "./overview";
import { comparable, type InsightCoverage, insightFilter, type InsightPeriod } from "./range";
import { storedText, z } from "@/server/rpc/zod";

/** The columns of a row that hold a number, or null without samples. */
type NumberColumn<Row> = { [Key in keyof Row & string]: Row[Key] extends number | null ? Key : never }[keyof Row &
  string];

/** The columns that these rows can be sorted and filtered by. The compiler checks that they hold numbers. */
const columnsOfRow =
  <Row>() =>
  <const Names extends readonly [NumberColumn<Row>, ...NumberColumn<Row>[]]>(...names: Names): Names =>
    names;

export const maxRows = 200;

export type TableQuestion = {
  sort: { by: string; descending: boolean };
  atLeast: Readonly<Record<string, number | undefined>>;
  atMost: Readonly<Record<string, number | undefined>>;
  search: string;
  offset: number;
  limit: number;
};

/** One page of the matching rows. */
export type TablePage<Row> = {
  rows: Row[];
  /** Number of matching rows on all pages. */
  matching: number;
  total: number;
  /** Messages counted under "(other)", because there were more series than rows. */
  capped: number;
};

/** The previous period, if requested. */
export type PeriodBefore = { from: string; to: string; coverage: InsightCoverage } | null;
type Share = {
  /** Per second of `coverage.coveredMs`; null if nothing was covered. */
  perSecond: number | null;
  /** Share of the total time of all rows, matching or not, 0 to 1. */
  totalShare: number | null;
};

/** One procedure. Values per call are means; null without calls. */
export type ProcedureMetrics = ProcedureRow &
  Share & {
    /** Calls that failed with a server error ÷ calls. */
    errorRatio: number | null;
    /** tRPC error codes with their counts, most frequent first. */
    errorCodes: { code: string; count: number }[];
    statementsPerCall: number | null;
    /** Cache reads, one per key. */
    cacheReadsPerCall: number | null;
    poolWaitPerCallMs: number | null;
    /** From the connection permit to the last row. */
    sqlPerCallMs: number | null;
    /** Size of the response bodies as sent. */
    bytesPerCall: number | null;
    bytes: number;
    /** Calls in flight: the average over all nodes together, and the maximum on one node. */
    inFlightMean: number | null;
    inFlightPeak: number;
  };

/** The procedure that sent a statement; `(none)` if no procedure did, `(other)` for procedures beyond the sixteen kept. */
export type StatementCaller = {
  procedure: string;
  count: number;
  totalMs: number;
  /** Share of the statement's time, 0 to 1. */
  share: number | null;
  /** Runs per call of the procedure; null if its calls are unknown. */
  perCall: number | null;
};
export type StatementMetrics = StatementRow &
  Share & {
    rowsPerRun: number | null;
    waitMeanMs: number | null;
    /** Runs sent by procedures ÷ calls of these procedures. */
    perProcedureCall: number | null;
    /** Longest total time first. */
    callers: StatementCaller[];
    /** Over all recorded history, not only this range; null if unknown. */
    firstSeenAt: string | null;
    lastSeenAt: string | null;
  };

/** One cache group over a range. Its current contents are in `insights.cacheGroups`. */
export type GroupMetrics = CacheGroupRow & {
  readsPerSecond: number | null;
  /** Of reads that were answered without a load. */
  hitP50Ms: number | null;
  loadP50Ms: number | null;
  /** Loads whose value was stored, and the length of its JSON in characters. */
  fills: number;
  fillBytes: number;
  /** Loads whose value was not stored, because a dependency was invalidated during the load. */
  rejectedFills: number;
  /** Entries evicted from the nodes' memory. */
  evictions: number;
  /** An estimate: reads without a load × (median load − median hit). Null until a load was measured. */
  databaseTimeSavedMs: number | null;
};

/** Tags with a common prefix, `order:*`; a read counts once for each family among its entry's tags. */
export type TagFamilyMetrics = {
  family: string;
  reads: number;
  readsPerSecond: number | null;
  outcomes: OutcomeCounts;
  hitRatio: number | null;
  hitP95Ms: number | null;
  /** Loads that a read waited for. */
  loads: number;
  loadP95Ms: number | null;
  /** Most read first. Sampled: the exact number is between `atLeast` and `reads`. */
  members: { tag: string; reads: number; atLeast: number }[];
};

/** One command of one connection. */
export type RedisMetrics = TimingRow & Share & { connection: string; command: string };
export type BreakerName = "closed" | "open" | "half-open";

/** The row of each table. */
export type TableRows = {
  procedures: ProcedureMetrics;
  /** Texts are cut after a thousand characters; `insights.statement` returns them in full. */
  statements: StatementMetrics;
  groups: GroupMetrics;
  tags: TagFamilyMetrics;
  redis: RedisMetrics;
};
export type TableName = keyof TableRows;

/** What a table has beside its rows. */
export type TableExtras = {
  procedures: object;
  statements: object;
  groups: {
    /** Over all groups; null until a load was measured. */
    databaseTimeSavedMs: number | null;
    /** The formula in words. */
    databaseTimeSavedFormula: string;
  };
  tags: object;
  redis: {
    /** Per connection with a breaker: how often it opened and closed in the range, and its current state on each node. */
    breakers: { connection: string; opened: number; closed: number; nodes: { id: string; state: BreakerName }[] }[];
  };
};

/** Every table has this shape. A row's `before` is the same row in the previous period: null without activity or when not requested. */
export type InsightTable<Name extends TableName> = InsightPeriod &
  TablePage<TableRows[Name] & { before: TableRows[Name] | null }> &
  TableExtras[Name] & { before: PeriodBefore };

/** The input of a table: filter, comparison, order and page. `words` are columns without numbers: they sort, but have no bounds. */
function tableInput<const Names extends readonly [string, ...string[]], Word extends string = never>(
  columns: Names,
  first: Names[number],
  words: readonly Word[] = [],
) {
  type By = Names[number] | Word | "name";
  const error = `Rows can be sorted by name or one of ${[...columns, ...words].join(", ")}.`;
  const by: z.ZodType<By, By> = z.enum([...columns, ...words, "name"], { error });
  const bounds = z.partialRecord(z.enum(columns), z.number().min(0).max(1e15)).default({});
  return z
    .strictObject({
      ...insightFilter,
      ...comparable,
      sort: z.strictObject({ by, descending: z.boolean().default(true) }).default({ by: first, descending: true }),
      /** Only rows that reach these minimums; rows without a value do not. */
      atLeast: bounds,
      /** Only rows that do not exceed these maximums; rows without a value are left out. */
      atMost: bounds,
      /** Only rows whose name, or SQL for statements, contains this text, ignoring case. */
      search: storedText(100).trim().default(""),
      offset: z.int().min(0).max(10_000).default(0),
      limit: z.int().min(1).max(maxRows).default(50),
    })
    .prefault({});
}

/** The input of each table, with the columns that it can be sorted and bounded by; by default it is sorted by the second argument. */
export const tableInputs = {
  procedures: tableInput(
    columnsOfRow<ProcedureMetrics>()(
      "count",
      "perSecond",
      "errors",
      "refused",
      "errorRatio",
      "meanMs",
      "p50Ms",
      "p95Ms",
      "p99Ms",
      "maxMs",
      "totalMs",
      "totalShare",
      "statementsPerCall",
      "cacheReadsPerCall",
      "poolWaitPerCallMs",
      "sqlPerCallMs",
      "bytesPerCall",
      "bytes",
      "inFlightMean",
      "inFlightPeak",
    ),
    "totalMs",
  ),
  statements: tableInput(
    columnsOfRow<StatementMetrics>()(
      "count",
      "perSecond",
      "errors",
      "meanMs",
      "p50Ms",
      "p95Ms",
      "p99Ms",
      "maxMs",
      "totalMs",
      "totalShare",
      "rows",
      "rowsPerRun",
      "waitMeanMs",
      "waitP95Ms",
      "waitTotalMs",
      "perProcedureCall",
    ),
    "totalMs",
    // By the caller with the most time.
    ["callers", "firstSeenAt", "lastSeenAt"],
  ),
  groups: tableInput(
    columnsOfRow<GroupMetrics>()(
      "reads",
      "readsPerSecond",
      "hitRatio",
      "hitP50Ms",
      "hitP95Ms",
      "loads",
      "loadP50Ms",
      "loadP95Ms",
      "fills",
      "fillBytes",
      "rejectedFills",
      "evictions",
      "databaseTimeSavedMs",
    ),
    "reads",
  ),
  tags: tableInput(
    columnsOfRow<TagFamilyMetrics>()("reads", "readsPerSecond", "hitRatio", "hitP95Ms", "loads", "loadP95Ms"),
    "reads",
  ),
  redis: tableInput(
    columnsOfRow<RedisMetrics>()(
      "count",
      "perSecond",
      "errors",
      "meanMs",
      "p50Ms",
      "p95Ms",
      "p99Ms",
      "maxMs",
      "totalMs",
      "totalShare",
    ),
    "totalMs",
  ),
} as const;
export type TableInput<Name extends TableName> = z.infer<(typeof tableInputs)[Name]>;
