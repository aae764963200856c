import type { Catalog, ColumnFacts, IndexFacts, TableFacts } from "../plan/catalog";

/** A typical column. */
const column = (name: string, more: Partial<ColumnFacts> = {}): ColumnFacts => ({
  name,
  type: "integer",
  averageBytes: 4,
  distinct: 1_000,
  isSortable: true,
  isByteOrder: false,
  ...more,
});

export const things: TableFacts = {
  name: "public.things",
  rows: 100_000,
  bytes: 10_000_000,
  deletes: 0,
  columns: new Map(
    [
      column("id"),
      column("owner_id"),
      column("name", { type: "text", averageBytes: 12 }),
      column("rank"),
      column("place", { type: "point", averageBytes: 16, isSortable: false }),
      column("data", { type: "json", averageBytes: 100, isSortable: false }),
      column("order", { type: "text" }),
    ].map((one) => [one.name, one]),
  ),
};

export function index(name: string, keys: readonly string[], more: Partial<IndexFacts> = {}): IndexFacts {
  return {
    name,
    table: things.name,
    method: "btree",
    keys: keys.map((text) => {
      const [key = "", order] = text.split(" ");
      const isDescending = order === "desc";
      const operatorClass = "usual_ops";
      return { column: key, text: key, operatorClass, collation: null, isDescending, isNullsFirst: isDescending };
    }),
    included: [],
    isUnique: false,
    isConstraint: false,
    isValid: true,
    predicate: null,
    bytes: 2_000_000,
    scans: 5,
    ...more,
  };
}

export const catalogOf = (indexes: readonly IndexFacts[] = [], more: Partial<Catalog> = {}): Catalog => ({
  tables: new Map([[things.name, things]]),
  indexes,
  foreignKeys: [],
  extensions: new Set(["pg_trgm"]),
  countedForMs: 30 * 86_400_000,
  ...more,
});

type Step = { type: string; rows: number; cost: number; more?: Record<string, unknown>; plans?: Step[] };

const toJson = ({ type, rows, cost, more = {}, plans = [] }: Step): object => ({
  "Node Type": type,
  "Plan Rows": rows,
  "Startup Cost": 0,
  "Total Cost": cost,
  "Parent Relationship": "Outer",
  ...more,
  Plans: plans.map(toJson),
});

/** A result of EXPLAIN (FORMAT JSON). */
export const explained = (step: Step): object[] => [{ Plan: toJson(step) }];

/** A sequential scan of the table `things`. */
export const scanOfThings = (rows: number, filter?: string): Step => ({
  type: "Seq Scan",
  rows,
  cost: 2_000,
  more: {
    Schema: "public",
    "Relation Name": "things",
    Alias: "t",
    ...(filter === undefined ? {} : { Filter: filter }),
  },
});
