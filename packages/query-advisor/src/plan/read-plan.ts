import type { Plan, PlanNode, PlanRows } from "./plan-tree";
import { redactConstants } from "./statement-shape";

const conditionNames = [
  "Filter",
  "Index Cond",
  "Recheck Cond",
  "Hash Cond",
  "Merge Cond",
  "Join Filter",
  "TID Cond",
  "One-Time Filter",
  "Order By",
  "Function Call",
];
const traitNames = ["Operation", "Join Type", "Strategy", "Partial Mode", "Scan Direction", "Command", "Cache Key"];

function rowsOf(node: JsonReader): PlanRows {
  const estimated = node.number("Plan Rows") ?? 0;
  const loops = node.number("Actual Loops");
  const actual = loops === 0 ? null : node.number("Actual Rows");
  const removed = node.number("Rows Removed by Filter");
  if (actual === null) return { estimated, actual, loops, removed, errorFactor: null, error: null };
  const [least, most] = [Math.max(1, Math.min(actual, estimated)), Math.max(1, actual, estimated)];
  const error = most === least ? "exact" : actual > estimated ? "under" : "over";
  return { estimated, actual, loops, removed, errorFactor: most / least, error };
}

function buffersOf(node: JsonReader): PlanNode["buffers"] {
  if (!node.has("Shared Hit Blocks")) return null;
  const blocks = (name: string): number => node.number(`${name} Blocks`) ?? 0;
  return {
    hit: blocks("Shared Hit"),
    read: blocks("Shared Read"),
    dirtied: blocks("Shared Dirtied"),
    written: blocks("Shared Written"),
    tempRead: blocks("Temp Read"),
    tempWritten: blocks("Temp Written"),
  };
}

function memoryOf(node: JsonReader): PlanNode["memory"] {
  const sorted = node.number("Sort Space Used");
  if (sorted !== null) {
    const isOnDisk = node.text("Sort Space Type") === "Disk";
    return { method: node.text("Sort Method") ?? "sort", kilobytes: sorted, isOnDisk };
  }
  const hashed = node.number("Peak Memory Usage");
  const batches = node.number("Hash Batches") ?? node.number("HashAgg Batches") ?? 1;
  return hashed === null ? null : { method: "hash", kilobytes: hashed, isOnDisk: batches > 1 };
}

/**
 * Parses the output of EXPLAIN (FORMAT JSON). With `redact`, the constants in its conditions are replaced, because they
 * are statement values. Null if it is not a plan.
 */
export function readPlan(output: unknown, { redact = false }: { redact?: boolean } = {}): Plan | null {
  const head = new JsonReader(Array.isArray(output) ? output[0] : output);
  if (typeof head.get("Plan") !== "object" || head.get("Plan") === null) return null;
  const shown = redact ? redactConstants : (text: string): string => text;
  let count = 0;

  function read(json: unknown): PlanNode {
    const node = new JsonReader(json);
    const [schema, table] = [node.text("Schema"), node.text("Relation Name")];
    const named = (names: readonly string[]): { name: string; value: string }[] =>
      names.flatMap((name) => {
        const text = node.text(name) ?? node.texts(name).join(", ");
        return text === "" ? [] : [{ name, value: text }];
      });
    const isParallel = node.get("Parallel Aware") === true;
    const id = count;
    count += 1;
    return {
      id,
      type: `${isParallel ? "Parallel " : ""}${node.text("Node Type") ?? "Unknown"}`,
      relation: table === null ? null : schema === null ? table : `${schema}.${table}`,
      alias: node.text("Alias"),
      index: node.text("Index Name"),
      role: node.text("Parent Relationship"),
      name: node.text("Subplan Name") ?? node.text("CTE Name") ?? node.text("Function Name"),
      traits: named(traitNames).map(({ name, value }) => ({ name, value: shown(value) })),
      conditions: named(conditionNames).map(({ name, value }) => ({ name, text: shown(value) })),
      sortKeys: node.texts("Sort Key").map(shown),
      rows: rowsOf(node),
      cost: { startup: node.number("Startup Cost") ?? 0, total: node.number("Total Cost") ?? 0, self: 0, selfShare: 0 },
      time: timeOf(node),
      buffers: buffersOf(node),
      memory: memoryOf(node),
      children: node.list("Plans").map(read),
    };
  }

  const root = read(head.get("Plan"));
  shareCosts(root);
  shareTimes(root, head.get("Plan"));
  const settings = new JsonReader(head.get("Settings"));
  const names = Object.keys(Object(head.get("Settings")));
  return {
    root,
    planningMs: head.number("Planning Time"),
    executionMs: head.number("Execution Time"),
    settings: Object.fromEntries(names.map((name) => [name, settings.text(name) ?? ""])),
    queryId: head.number("Query Identifier"),
  };
}

/** The sum over all runs of the step; `shareTimes` converts it to wall time. */
function timeOf(node: JsonReader): PlanNode["time"] {
  const [perLoopMs, loops] = [node.number("Actual Total Time"), node.number("Actual Loops")];
  return perLoopMs === null || loops === null ? null : { totalMs: perLoopMs * loops, selfMs: 0, selfShare: 0 };
}

/** The cost of the child steps in the step's own estimate, in the planner's unit. */
function paidBelow(node: PlanNode): number[] {
  const outer = node.children.find(({ role }) => role === "Outer");
  return node.children.map((child) => {
    const { total } = child.cost;
    // The inner side runs once per outer row; a subplan runs once per row.
    if (node.type === "Nested Loop" && child.role === "Inner") return total * Math.max(1, outer?.rows.estimated ?? 1);
    if (child.role === "SubPlan" && !child.name?.startsWith("CTE")) {
      return total * Math.max(1, (outer ?? node).rows.estimated);
    }
    return total;
  });
}

/**
 * Sets `cost.self` and its share so that all steps add up to the cost of the root. A step may incur only part of its
 * cost: below a LIMIT, for the returned rows; the inner side of a repeated join, less than its single cost
 * per run. The children's costs are then scaled down to what their parent incurs.
 */
function shareCosts(root: PlanNode): void {
  const all = root.cost.total;

  function share(node: PlanNode, paid: number): void {
    const scale = node.cost.total > 0 ? paid / node.cost.total : 0;
    const below = paidBelow(node).map((cost) => cost * scale);
    const sum = below.reduce((total, cost) => total + cost, 0);
    const fit = sum > paid ? paid / sum : 1;
    node.cost.self = Math.max(0, paid - sum * fit);
    node.cost.selfShare = all > 0 ? node.cost.self / all : 0;
    for (const [index, child] of node.children.entries()) share(child, (below[index] ?? 0) * fit);
  }

  share(root, all);
}

/**
 * Converts the times to wall time and sets the time of each step without its children. Below a Gather, the workers and
 * the leader run in parallel and Postgres adds up their times, so they are divided by the number of
 * participants.
 */
function shareTimes(root: PlanNode, json: unknown): void {
  if (root.time === null) return;
  const all = root.time.totalMs;

  function share(node: PlanNode, its: unknown, parties: number): void {
    const plan = new JsonReader(its);
    if (node.time === null) return;
    node.time.totalMs /= parties;
    const launched = plan.number("Workers Launched");
    const partiesBelow = launched === null ? parties : launched + 1;
    const plans = plan.list("Plans");
    let belowMs = 0;
    for (const [index, child] of node.children.entries()) {
      share(child, plans[index], partiesBelow);
      belowMs += child.time?.totalMs ?? 0;
    }
    node.time.selfMs = Math.max(0, node.time.totalMs - belowMs);
    node.time.selfShare = all > 0 ? node.time.selfMs / all : 0;
  }

  share(root, json, 1);
}

/** Reads untrusted JSON: absent fields and fields of another type are null. */
class JsonReader {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(value: unknown) {
    this.#fields = new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  }

  text(name: string): string | null {
    const value = this.#fields.get(name);
    return typeof value === "string" ? value : null;
  }

  number(name: string): number | null {
    const value = this.#fields.get(name);
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  }

  texts(name: string): string[] {
    const value = this.#fields.get(name);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  }

  list(name: string): unknown[] {
    const value = this.#fields.get(name);
    return Array.isArray(value) ? value : [];
  }

  get(name: string): unknown {
    return this.#fields.get(name);
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }
}
