import type { PlanNode } from "./plan-tree";

/** What the steps below one are paid for by its own estimate, in the planner's unit. */
function paidBelow(node: PlanNode): number[] {
  const outer = node.children.find(({ role }) => role === "Outer");
  return node.children.map((child) => {
    const { total } = child.cost;
    // The inner side runs once per row of the outer one; a subplan once per row that comes by.
    if (node.type === "Nested Loop" && child.role === "Inner") return total * Math.max(1, outer?.rows.estimated ?? 1);
    if (child.role === "SubPlan" && !child.name?.startsWith("CTE")) {
      return total * Math.max(1, (outer ?? node).rows.estimated);
    }
    return total;
  });
}

/**
 * Fills in `cost.self` and its share, so that all of them together are the cost of the root. A step may be paid for only
 * in part: below a LIMIT, for as many rows as are wanted; the inner side of a join that is repeated, for less than each
 * run by itself. What the steps below would cost together is then scaled down to what the step above pays.
 */
export function shareCosts(root: PlanNode): void {
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
