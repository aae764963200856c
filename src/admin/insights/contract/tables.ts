import type { CacheGroupRow, OutcomeCounts, ProcedureRow, StatementRow, TimingRow } from "./overview";
import { comparable, type InsightCoverage, insightFilter, type InsightPeriod } from "./range";
import { z } from "@/server/rpc/zod";

/** The columns of a row that hold a number, or none for want of samples. */
type NumberColumn<Row> = { [Key in keyof Row & string]: Row[Key] extends number | null ? Key : never }[keyof Row &
  string];

/** The columns of these rows that can be sorted and filtered by; the compiler sees that they hold numbers. */
const columnsOfRow =
  <Row>() =>
  <const Names extends readonly [NumberColumn<Row>, ...NumberColumn<Row>[]]>(...names: Names): Names =>
    names;

export const maxRows = 200;

/** What every table of rows may be asked: in which order, which rows, which page of them. */
function tableInput<const Names extends readonly [string, ...string[]]>(columns: Names, first: Names[number]) {
  type By = Names[number] | "name";
  const error = `Rows are sorted by name or one of ${columns.join(", ")}.`;
  const by: z.ZodType<By, By> = z.enum([...columns, "name"], { error });
  return {
    sort: z.strictObject({ by, descending: z.boolean().default(true) }).default({ by: first, descending: true }),
    /** Only rows that reach these; those without a value do not. */
    atLeast: z.partialRecord(z.enum(columns), z.number().min(0).max(1e15)).default({}),
    /** Only rows whose name holds it, in capital letters or not. */
    search: z.string().trim().max(100).default(""),
    offset: z.int().min(0).max(10_000).default(0),
    limit: z.int().min(1).max(maxRows).default(50),
  };
}
export type TableQuestion = {
  sort: { by: string; descending: boolean };
  atLeast: Readonly<Record<string, number | undefined>>;
  search: string;
  offset: number;
  limit: number;
};

/** A page of rows, of those that match, of all that there are. */
export type TablePage<Row> = {
  rows: Row[];
  /** All rows that match, on whatever page. */
  matching: number;
  total: number;
  /** Messages that were counted under the row "(other)", because there were more series than have a row of their own. */
  capped: number;
};

/** The period before, where it was asked for. */
export type PeriodBefore = { from: string; to: string; coverage: InsightCoverage } | null;
export type InsightTable<Row> = InsightPeriod & TablePage<Row> & { before: PeriodBefore };

/** How a row did in the period before; null where it did nothing, or was not asked for. */
export type RowBefore = { count: number; perSecond: number | null; meanMs: number | null; p95Ms: number | null } | null;

type Share = {
  /** Per second of `coverage.coveredMs`; null where nothing was covered. */
  perSecond: number | null;
  /** Its part of the time that all rows took together, 0 to 1, whether they match or not. */
  totalShare: number | null;
};

/** One procedure. What is told per call is a mean; null without calls. */
export type ProcedureMetrics = ProcedureRow &
  Share & {
    /** Calls that failed by a fault of the server ÷ calls. */
    errorRatio: number | null;
    /** tRPC's codes with how often each was answered, most often first. */
    errorCodes: { code: string; count: number }[];
    statementsPerCall: number | null;
    /** Reads of the cache, one per key. */
    cacheReadsPerCall: number | null;
    poolWaitPerCallMs: number | null;
    /** From the permit to the last row. */
    sqlPerCallMs: number | null;
    /** Of the bodies of answers as they went out. */
    bytesPerCall: number | null;
    bytes: number;
    /** Calls under way at once on all nodes together, on average; and the most on one node. */
    inFlightMean: number | null;
    inFlightPeak: number;
    before: RowBefore;
  };
const procedureColumns = columnsOfRow<ProcedureMetrics>()(
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
);
export const insightsProceduresInput = z
  .strictObject({ ...insightFilter, ...comparable, ...tableInput(procedureColumns, "totalMs") })
  .prefault({});
export type InsightsProceduresInput = z.infer<typeof insightsProceduresInput>;
export type InsightsProcedures = InsightTable<ProcedureMetrics>;

/** Whose calls sent a statement; `(none)` for what no procedure sent, `(other)` for those beyond the sixteen kept. */
export type StatementCaller = {
  procedure: string;
  count: number;
  totalMs: number;
  /** Its part of the statement's time, 0 to 1. */
  share: number | null;
  /** Runs per call of the procedure; null where its calls are not known. */
  perCall: number | null;
};
export type StatementMetrics = StatementRow &
  Share & {
    rowsPerRun: number | null;
    waitMeanMs: number | null;
    /** Runs that procedures sent ÷ calls of these procedures. */
    perProcedureCall: number | null;
    /** Most time first. */
    callers: StatementCaller[];
    /** Over all that is remembered, not only this range; null when that is not known. */
    firstSeenAt: string | null;
    lastSeenAt: string | null;
    before: RowBefore;
  };
const statementColumns = columnsOfRow<StatementMetrics>()(
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
);
export const insightsStatementsInput = z
  .strictObject({ ...insightFilter, ...comparable, ...tableInput(statementColumns, "totalMs") })
  .prefault({});
export type InsightsStatementsInput = z.infer<typeof insightsStatementsInput>;
/** Texts are cut after a thousand letters here; `insights.statement` has them whole. */
export type InsightsStatements = InsightTable<StatementMetrics>;

/** One cache group over a range. What it holds at the moment is told by `insights.cacheGroups`. */
export type GroupMetrics = CacheGroupRow & {
  readsPerSecond: number | null;
  /** Of reads that were answered without a load. */
  hitP50Ms: number | null;
  loadP50Ms: number | null;
  /** Loads whose value was stored, and the letters of its JSON. */
  fills: number;
  fillBytes: number;
  /** Loads whose value was not stored, because something it depends on was invalidated meanwhile. */
  rejectedFills: number;
  /** Entries that the nodes' memory gave up for want of room. */
  evictions: number;
  /** An estimate: answers without a load × (median load − median hit). Null while no load was seen to compare with. */
  databaseTimeSavedMs: number | null;
};
const groupColumns = columnsOfRow<GroupMetrics>()(
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
);
export const insightsGroupsInput = z
  .strictObject({ ...insightFilter, ...tableInput(groupColumns, "reads") })
  .prefault({});
export type InsightsGroupsInput = z.infer<typeof insightsGroupsInput>;
export type InsightsGroups = InsightPeriod &
  TablePage<GroupMetrics> & {
    /** Of all groups; null while no load was seen. */
    databaseTimeSavedMs: number | null;
    /** How it is computed, in words. */
    databaseTimeSavedFormula: string;
  };

/** The tags that begin alike, `order:*`; a read counts once for each family that its entry has a tag of. */
export type TagFamilyMetrics = {
  family: string;
  reads: number;
  readsPerSecond: number | null;
  outcomes: OutcomeCounts;
  hitRatio: number | null;
  hitP95Ms: number | null;
  /** Loads that a read waited for as its own. */
  loads: number;
  loadP95Ms: number | null;
  /** Most read first. Sampled: the truth lies between `atLeast` and `reads`. */
  members: { tag: string; reads: number; atLeast: number }[];
};
const tagColumns = columnsOfRow<TagFamilyMetrics>()(
  "reads",
  "readsPerSecond",
  "hitRatio",
  "hitP95Ms",
  "loads",
  "loadP95Ms",
);
export const insightsTagsInput = z.strictObject({ ...insightFilter, ...tableInput(tagColumns, "reads") }).prefault({});
export type InsightsTagsInput = z.infer<typeof insightsTagsInput>;
export type InsightsTags = InsightPeriod & TablePage<TagFamilyMetrics>;

/** One command of one connection. */
export type RedisMetrics = TimingRow & Share & { connection: string; command: string };
const redisColumns = columnsOfRow<RedisMetrics>()(
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
);
export const insightsRedisInput = z
  .strictObject({ ...insightFilter, ...tableInput(redisColumns, "totalMs") })
  .prefault({});
export type InsightsRedisInput = z.infer<typeof insightsRedisInput>;
export type BreakerName = "closed" | "open" | "half-open";
export type InsightsRedis = InsightPeriod &
  TablePage<RedisMetrics> & {
    /** Per connection with a breaker: how often it opened and closed in the range, and how each node has it now. */
    breakers: { connection: string; opened: number; closed: number; nodes: { id: string; state: BreakerName }[] }[];
  };
