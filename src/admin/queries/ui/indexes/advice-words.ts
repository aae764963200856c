import type { Advice } from "@/admin/queries/contract";
import { formatFixed } from "@/ui/format/numbers";

/** What to do, in a sentence: `Add an index on public.orders (customer_id)`. */
export function adviceTitle({
  action,
  table,
  columns,
  index,
}: Pick<Advice, "action" | "table" | "columns" | "index">): string {
  return action === "create"
    ? `Add an index on ${table} (${columns.join(", ")})`
    : `Drop the index ${index} of ${table}`;
}

export const ruleWords: Readonly<Record<Advice["rule"], string>> = {
  "sequential-scan": "reads the whole table",
  sort: "sorts what an index has in order",
  nearest: "measures the distance to every row",
  pattern: "compares every text with a pattern",
  "foreign-key": "a foreign key without an index",
  "duplicate-index": "another index is the same",
  "covered-index": "another index begins with its columns",
  "unused-index": "not used",
};

/** How much cheaper a plan becomes: `48× cheaper`; null if it is not, or unknown. */
export function gainWords({
  costBefore,
  costAfter,
}: Pick<Advice["statements"][number], "costBefore" | "costAfter">): string | null {
  if (costAfter === null || costAfter <= 0) return null;
  const factor = costBefore / costAfter;
  return factor < 1.05 ? null : `${formatFixed(factor, factor < 9.95 ? 1 : 0)}× cheaper`;
}

/** The best gain of all statements; null if none is known. */
export function bestGain({ statements }: Pick<Advice, "statements">): Advice["statements"][number] | null {
  const known = statements.filter((one) => gainWords(one) !== null);
  const factor = ({ costBefore, costAfter }: Advice["statements"][number]): number =>
    costBefore / (costAfter ?? costBefore);
  return known.toSorted((a, b) => factor(b) - factor(a))[0] ?? null;
}
