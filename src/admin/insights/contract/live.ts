import { z } from "@/server/rpc/zod";
import { lastEventIdSchema } from "@/server/live/contract";
import { comparable, insightFilter, type InsightRange, insightRangeNames } from "./range";
import {
  type CacheGroupRow,
  type InsightBucket,
  type InsightNode,
  type InsightsOverview,
  type OutcomeCounts,
  type ProcedureRow,
  type StatementRow,
} from "./overview";

export const insightsLiveInput = z
  .strictObject({
    ...insightFilter,
    ...comparable,
    /** Those with a name: they move on with the time. */
    range: z.enum(insightRangeNames).default("5m"),
    lastEventId: lastEventIdSchema,
  })
  .prefault({});
export type InsightsLiveInput = z.infer<typeof insightsLiveInput>;

/** How often new values arrive, in ms. Long ranges change slowly, and cost the store more. */
export const liveEveryMs = {
  "5m": 1_000,
  "15m": 2_000,
  "1h": 5_000,
  "6h": 10_000,
  "24h": 30_000,
  "7d": 60_000,
  "30d": 60_000,
} as const satisfies Record<InsightRange, number>;

export type LiveCell = string | number | null;

/** The names of a row's values; outcomes are flat. */
type ColumnOf<Row> = {
  [Key in keyof Row & string]: Row[Key] extends OutcomeCounts ? `${Key}.${keyof OutcomeCounts}` : Key;
}[keyof Row & string];

/** All columns of a row but those that say which series it is; the compiler misses none. */
const columnsOf = <Row, Identity extends keyof Row & string>(
  columns: Record<Exclude<ColumnOf<Row>, Identity>, 0>,
): readonly string[] => Object.keys(columns);

const outcomeColumns = {
  "outcomes.hitL1": 0,
  "outcomes.hitL2": 0,
  "outcomes.coalesced": 0,
  "outcomes.stale": 0,
  "outcomes.negative": 0,
  "outcomes.miss": 0,
  "outcomes.error": 0,
  "outcomes.bypass": 0,
} as const;
const timingColumns = {
  count: 0,
  errors: 0,
  meanMs: 0,
  p50Ms: 0,
  p95Ms: 0,
  p99Ms: 0,
  maxMs: 0,
  totalMs: 0,
} as const;

/** What a series is known by, and what changes about it. */
export const liveTables = {
  nodes: { identity: ["id"], columns: columnsOf<InsightNode, "id">({ lastSeenAt: 0, standing: 0 }) },
  groups: {
    identity: ["group"],
    columns: columnsOf<CacheGroupRow, "group">({
      reads: 0,
      ...outcomeColumns,
      hitRatio: 0,
      hitP95Ms: 0,
      loadP95Ms: 0,
      loads: 0,
    }),
  },
  procedures: { identity: ["name"], columns: columnsOf<ProcedureRow, "name">({ ...timingColumns, refused: 0 }) },
  statements: {
    identity: ["name", "text"],
    columns: columnsOf<StatementRow, "name" | "text">({ ...timingColumns, rows: 0, waitP95Ms: 0, waitTotalMs: 0 }),
  },
} as const;
export type LiveTableName = keyof typeof liveTables;
export const liveTableNames = Object.keys(liveTables) as readonly LiveTableName[];

export const bucketColumns = columnsOf<NonNullable<InsightBucket>, "at">({
  ...outcomeColumns,
  calls: 0,
  errors: 0,
  statements: 0,
});

/** The overview without what comes as arrays. */
export type LiveHead = Omit<InsightsOverview, "buckets" | "nodes" | "procedures" | "statements" | "cache"> & {
  cache: Omit<InsightsOverview["cache"], "groups">;
};

export type LiveSchema = {
  type: "schema";
  /** The columns of `buckets`, after the begin of the bucket in ms since 1970. */
  buckets: readonly string[];
  /** Per table: what the parts of a series' identity are called, and the columns of its rows after its number. */
  tables: Record<LiveTableName, { identity: readonly string[]; columns: readonly string[] }>;
  /** The series so far; each is referred to by its place. */
  series: Record<LiveTableName, LiveCell[][]>;
  /** What the client has missed and will not get, when it went on from an event too old; else null. */
  gap: { from: string; to: string } | null;
};

export type LiveMetrics = {
  type: "figures";
  head: LiveHead;
  /** New series, to be appended. */
  series: Partial<Record<LiveTableName, LiveCell[][]>>;
  /** Rows that changed: the series' number, then the cells. */
  rows: Partial<Record<LiveTableName, LiveCell[][]>>;
  /** The series that have a row now, in the order of the overview. */
  order: Record<LiveTableName, number[]>;
  /** Buckets that changed: the begin in ms since 1970, then the cells; without cells where no node reported. */
  buckets: LiveCell[][];
};

export type InsightsLiveEvent = LiveSchema | LiveMetrics;

/** The value at a column: `outcomes.hitL1` is two steps down. */
export function cellOf(row: object, column: string): LiveCell {
  const value = column.split(".").reduce<unknown>((at, name) => Reflect.get(Object(at), name), row);
  // Columns are listed by the type of their row, whose leaves are these.
  return value as LiveCell;
}

/** The row of these columns and cells; the reverse of `cellOf`. */
export function rowOf(columns: readonly string[], cells: readonly LiveCell[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    const [name = column, inner] = column.split(".");
    const cell = cells[index] ?? null;
    if (inner === undefined) row[name] = cell;
    else row[name] = { ...Object(row[name]), [inner]: cell };
  });
  return row;
}
