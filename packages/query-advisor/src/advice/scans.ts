import type { Catalog, TableFacts } from "../plan/catalog";
import { readTerms, type Term } from "../plan/condition";
import type { PlanNode } from "../plan/plan-tree";
import { stepsOf } from "../plan/plan-tree";

/** A step that reads a table, with what is known of it and what it looks for. */
export type Scan = {
  node: PlanNode;
  table: TableFacts;
  alias: string;
  /** Of all its conditions. */
  terms: Term[];
};

function asScan(node: PlanNode, { tables }: Catalog): Scan | null {
  const table = node.relation === null ? undefined : tables.get(node.relation);
  const { alias } = node;
  if (table === undefined || alias === null) return null;
  const terms = node.conditions
    .filter(({ name }) => name === "Filter" || name === "Index Cond" || name === "Recheck Cond")
    .flatMap(({ text }) => readTerms(text, alias));
  return { node, table, alias, terms };
}

/** The steps of a plan that read a whole table. */
export function* sequentialScans(root: PlanNode, catalog: Catalog): Generator<Scan> {
  for (const node of stepsOf(root)) {
    const scan = /^(?:Parallel )?Seq Scan$/.test(node.type) ? asScan(node, catalog) : null;
    if (scan !== null) yield scan;
  }
}

const passesRowsOn = /^(?:Gather|Gather Merge|Result|Subquery Scan)$/;

/** A sort of one table's rows of which only the first are wanted. */
export type TopSort = {
  sort: PlanNode;
  scan: Scan;
  /** How many are wanted; an estimate of the planner where the number is a placeholder. */
  wanted: number;
  /** Of the sort and all below it. */
  costShare: number;
};

function shareOf(node: PlanNode): number {
  let share = 0;
  for (const step of stepsOf(node)) share += step.cost.selfShare;
  return share;
}

/** The table's scan below a step that hands on what it reads. */
function scanBelow(node: PlanNode, catalog: Catalog): Scan | null {
  const [child] = node.children;
  if (child === undefined) return null;
  if (passesRowsOn.test(child.type)) return scanBelow(child, catalog);
  return /Seq Scan|Index Scan|Bitmap Heap Scan/.test(child.type) ? asScan(child, catalog) : null;
}

export function topSorts(root: PlanNode, catalog: Catalog): TopSort[] {
  const found: TopSort[] = [];
  const visit = (node: PlanNode, wanted: number | null): void => {
    if (node.type === "Sort" && wanted !== null) {
      const scan = scanBelow(node, catalog);
      if (scan !== null) found.push({ sort: node, scan, wanted, costShare: shareOf(node) });
    }
    const isLimit = node.type === "Limit";
    const goesOn = isLimit || passesRowsOn.test(node.type);
    for (const child of node.children) visit(child, goesOn ? (isLimit ? node.rows.estimated : wanted) : null);
  };
  visit(root, null);
  return found;
}
