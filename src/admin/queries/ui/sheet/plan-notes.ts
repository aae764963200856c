import type { ExplainedStatement, PlanNode } from "@/admin/queries/contract";
import { formatBytes, formatCount, formatDuration, formatShare, readAloud } from "@/ui/format/numbers";

type Plan = ExplainedStatement["plan"];

/** Something that stands out in a plan, and what to do about it. */
export type PlanNote = {
  /** The step it is about; null for the whole plan. */
  step: number | null;
  text: string;
  cure: string;
  /** A command that does it. */
  sql?: string;
};

/** An estimate that is off by less rarely changes the plan. */
const wrongEstimate = 10;
const minRemoved = 1_000;
const manyRuns = 1_000;
const pageBytes = 8_192;
const manyPagesRead = 1_000;
const largeShare = 0.5;

export function stepsOf(node: PlanNode): PlanNode[] {
  return [node, ...node.children.flatMap(stepsOf)];
}

/** `Index Scan on public.orders`. */
const stepWords = ({ type, relation }: PlanNode): string => (relation === null ? type : `${type} on ${relation}`);

/** The share of the plan's time, or of its cost where it was not run. */
export const shareOf = ({ time, cost }: PlanNode): number => (time === null ? cost.selfShare : time.selfShare);

const ofStep = (step: PlanNode): PlanNote[] => {
  const { rows, memory, buffers, relation, id } = step;
  const name = stepWords(step);
  const notes: PlanNote[] = [];
  if (rows.errorFactor !== null && rows.errorFactor >= wrongEstimate && rows.actual !== null) {
    notes.push({
      step: id,
      text: `${name}: Postgres expected ${formatCount(rows.estimated)} rows and found ${formatCount(rows.actual)}.`,
      cure: "Its statistics are old or too coarse, so the rest of the plan may be wrong.",
      ...(relation === null ? {} : { sql: `ANALYZE ${relation};` }),
    });
  }
  if (memory?.isOnDisk === true) {
    notes.push({
      step: id,
      text: `${name} spilled ${readAloud(formatBytes(memory.kilobytes * 1_024))} to disk.`,
      cure: "Raise work_mem for this statement, or sort fewer rows: a limit, or an index in this order.",
    });
  }
  if (rows.removed !== null && rows.removed >= minRemoved && rows.removed >= 10 * (rows.actual ?? 0)) {
    notes.push({
      step: id,
      text: `${name} read ${formatCount(rows.removed + (rows.actual ?? 0))} rows to keep ${formatCount(rows.actual ?? 0)}.`,
      cure: "An index on its filter reads only the rows it keeps.",
    });
  }
  if (rows.loops !== null && rows.loops >= manyRuns) {
    notes.push({
      step: id,
      text: `${name} ran ${formatCount(rows.loops)} times.`,
      cure: "It is the inner side of a nested loop. Check the estimate of the outer side.",
    });
  }
  // Includes the steps below, so only the lowest one is named.
  const below = Math.max(0, ...step.children.map((child) => child.buffers?.read ?? 0));
  if (buffers !== null && buffers.read >= manyPagesRead && below < buffers.read / 2) {
    notes.push({
      step: id,
      text: `${name} read ${readAloud(formatBytes(buffers.read * pageBytes))} that were not in shared buffers.`,
      cure: "Run it again: if it stays, the table does not fit into shared_buffers, or an index would read less.",
    });
  }
  return notes;
};

/** What stands out in a plan, the costliest step first. */
export function planNotes({ root, planningMs, executionMs }: Plan): PlanNote[] {
  const steps = stepsOf(root);
  const worst = steps.toSorted((a, b) => shareOf(b) - shareOf(a))[0];
  const notes: PlanNote[] = [];
  if (worst !== undefined && shareOf(worst) >= largeShare && steps.length > 1) {
    const share = readAloud(formatShare(shareOf(worst)));
    notes.push({
      step: worst.id,
      text: `${stepWords(worst)} takes ${share} of the ${worst.time === null ? "estimated cost" : "time"}.`,
      cure: worst.type === "Seq Scan" ? "It reads the whole table." : "Start here.",
    });
  }
  notes.push(...steps.flatMap(ofStep));
  if (planningMs !== null && executionMs !== null && planningMs > executionMs && planningMs > 1) {
    notes.push({
      step: null,
      text: `Planning took ${readAloud(formatDuration(planningMs))}, longer than the execution.`,
      cure: "Prepared statements are planned once per connection.",
    });
  }
  return notes;
}
