import { JsonReader } from "./json-reader";
import type { PlanNode } from "./plan-tree";

/**
 * Makes wall time of the times of all runs, and fills in what of it is each step's own. Below a Gather the runs of the
 * workers and of the leader go on at the same time, and their times are added up by Postgres: they are divided by how
 * many took part.
 */
export function shareTimes(root: PlanNode, json: unknown): void {
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
