import type { InsightRange } from "@/admin/insights/contract/range";

/** The range within a sentence: `in the last 5m`. One of a person's own has its begin and end elsewhere. */
export function inRange(range: InsightRange | null): string {
  return range === null ? "in this range" : `in the last ${range}`;
}
