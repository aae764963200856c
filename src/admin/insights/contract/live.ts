import { z } from "@/server/rpc/zod";
import { lastEventIdSchema } from "@/server/live/contract";
import { comparable, insightFilter, insightRangeNames } from "./range";
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
    /** The named ranges, which move with the current time. */
    range: z.enum(insightRangeNames).default("5m"),
    lastEventId: lastEventIdSchema,
  })
  .prefault({});
export type InsightsLiveInput = z.infer<typeof insightsLiveInput>;

export type LiveCell = string | number | null;

/** The paths of a row's values; outcomes are flattened. */
type ColumnOf<Row> = {
  [Key in keyof Row & string]: Row[Key] extends OutcomeCounts ? `${Key}.${keyof OutcomeCounts}` : Key;
}[keyof Row & string];

/** All columns of a row except those that identify its series. The compiler checks that none is missing. */
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

/** The identity of a series, and its changing values. */
export const liveTables = {
  nodes: { identity: ["id"], columns: columnsOf<InsightNode, "id">({ lastSeenAt: 0, standing: 0, clockSkewMs: 0 }) },
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

/** The overview without the parts sent as arrays. */
export type LiveHead = Omit<InsightsOverview, "buckets" | "nodes" | "procedures" | "statements" | "cache"> & {
  cache: Omit<InsightsOverview["cache"], "groups">;
};

export type LiveSchema = {
  type: "schema";
  /** The columns of `buckets`, after the start of the bucket in ms since 1970. */
  buckets: readonly string[];
  /** Per table: the names of the parts of a series' identity, and the columns of its rows after the series number. */
  tables: Record<LiveTableName, { identity: readonly string[]; columns: readonly string[] }>;
  /** The series so far; rows refer to them by index. */
  series: Record<LiveTableName, LiveCell[][]>;
  /** What the client has missed for good when it resumed after an event that is too old; otherwise null. */
  gap: { from: string; to: string } | null;
};

export type LiveMetrics = {
  type: "figures";
  head: LiveHead;
  /** New series to append. */
  series: Partial<Record<LiveTableName, LiveCell[][]>>;
  /** Rows that changed: the series' number, then the cells. */
  rows: Partial<Record<LiveTableName, LiveCell[][]>>;
  /** The series that currently have a row, in the order of the overview. */
  order: Record<LiveTableName, number[]>;
  /** Buckets that changed: the start in ms since 1970, then the cells; no cells where no node reported. */
  buckets: LiveCell[][];
};

export type InsightsLiveEvent = LiveSchema | LiveMetrics;

/** The value at a column path such as `outcomes.hitL1`. */
export function cellOf(row: object, column: string): LiveCell {
  const value = column.split(".").reduce<unknown>((at, name) => Reflect.get(Object(at), name), row);
  // Columns are derived from the row type, whose leaves are cells.
  return value as LiveCell;
}

/** The row with these columns and cells; the inverse of `cellOf`. */
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
