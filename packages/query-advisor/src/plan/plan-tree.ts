/** One step of a plan with its child steps. Rows and conditions are per run of the step. */
export type PlanNode = {
  /** Position in the tree from the top, children in order; the root is 0. */
  id: number;
  /** The Postgres name, such as `Seq Scan`. */
  type: string;
  /** `schema.table`; null for steps that read no table. */
  relation: string | null;
  alias: string | null;
  index: string | null;
  /** The role in the parent step: `Outer`, `Inner`, `InitPlan`, `SubPlan`, `Member`, `Subquery`; null for the root. */
  role: string | null;
  /** The name of a CTE or subplan. */
  name: string | null;
  /** Such as `Join Type: Left`, `Strategy: Hashed`, `Operation: Update`. */
  traits: { name: string; value: string }[];
  /** Such as `Filter` and `Index Cond`. */
  conditions: { name: string; text: string }[];
  sortKeys: string[];
  rows: PlanRows;
  /** In the planner's unit. `self` is the cost of the step without its children, as far as the plan incurs it. */
  cost: { startup: number; total: number; self: number; selfShare: number };
  /** Wall time over all runs; null unless it was run. */
  time: { totalMs: number; selfMs: number; selfShare: number } | null;
  /** Pages of 8 KB, including child steps; null unless it was run. */
  buffers: {
    hit: number;
    read: number;
    dirtied: number;
    written: number;
    tempRead: number;
    tempWritten: number;
  } | null;
  /** Memory used by a sort or hash; null unless it was run. */
  memory: { method: string; kilobytes: number; isOnDisk: boolean } | null;
  children: PlanNode[];
};

export type PlanRows = {
  estimated: number;
  /** Per run; null unless it was run and reached. */
  actual: number | null;
  /** How often the step ran; null unless it was run. */
  loops: number | null;
  /** Rows removed by its conditions, per run. */
  removed: number | null;
  /** The factor by which the estimate is off, at least 1; both numbers count as at least one row. */
  errorFactor: number | null;
  error: "exact" | "under" | "over" | null;
};

export type Plan = {
  root: PlanNode;
  planningMs: number | null;
  executionMs: number | null;
  /** Planner settings that differ from their defaults. */
  settings: Record<string, string>;
  /** As in `pg_stat_statements`, rounded to 53 bits; null if Postgres does not compute it. */
  queryId: number | null;
};

/** The steps of a tree, each before its children. */
export function* stepsOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* stepsOf(child);
}
