/** One step of a plan, with what it is made of below it. Rows and conditions are those of one run of the step. */
export type PlanNode = {
  /** Its place when the tree is read from the top, children in order; the root is 0. */
  id: number;
  /** As Postgres calls it, such as `Seq Scan`. */
  type: string;
  /** `schema.table`; null for steps that read no table. */
  relation: string | null;
  alias: string | null;
  index: string | null;
  /** What it is to the step above: `Outer`, `Inner`, `InitPlan`, `SubPlan`, `Member`, `Subquery`; null for the root. */
  role: string | null;
  /** The name of a CTE or subplan. */
  name: string | null;
  /** Such as `Join Type: Left`, `Strategy: Hashed`, `Operation: Update`. */
  traits: { name: string; value: string }[];
  /** Such as `Filter` and `Index Cond`. */
  conditions: { name: string; text: string }[];
  sortKeys: string[];
  rows: PlanRows;
  /** In the planner's unit. `self` is what the step adds to those below, as far as the plan pays for them. */
  cost: { startup: number; total: number; self: number; selfShare: number };
  /** Wall time over all runs; null unless it was run. */
  time: { totalMs: number; selfMs: number; selfShare: number } | null;
  /** Pages of 8 KB, the steps below included; null unless it was run. */
  buffers: {
    hit: number;
    read: number;
    dirtied: number;
    written: number;
    tempRead: number;
    tempWritten: number;
  } | null;
  /** How a sort or a hash went; null unless it was run. */
  memory: { method: string; kilobytes: number; isOnDisk: boolean } | null;
  children: PlanNode[];
};

export type PlanRows = {
  estimated: number;
  /** Per run; null unless it was run, or never reached. */
  actual: number | null;
  /** How often the step ran; null unless it was run. */
  loops: number | null;
  /** Read and thrown away by its conditions, per run. */
  removed: number | null;
  /** How many times the estimate is off, at least 1; both are taken as at least one row. */
  errorFactor: number | null;
  error: "exact" | "under" | "over" | null;
};

export type Plan = {
  root: PlanNode;
  planningMs: number | null;
  executionMs: number | null;
  /** Settings of the planner that are not the usual ones. */
  settings: Record<string, string>;
  /** Of `pg_stat_statements`, to 53 bits; null where Postgres computes none. */
  queryId: number | null;
};

/** The steps of a tree, a step before those below it. */
export function* stepsOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* stepsOf(child);
}
