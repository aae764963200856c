import { outcomeNames, type OutcomeCounts } from "@/contracts/insights";
import type { Origin } from "../scope";
import type { Book } from "./book";

/** What one slot holds, over all nodes. */
export type SlotCounts = { outcomes: OutcomeCounts; calls: number; errors: number; statements: number };

function zeroOutcomes(): OutcomeCounts {
  return { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
}

/** The counts of a book, over the wanted origins and all its series. */
export function countBook(book: Book, wanted: Iterable<Origin>): SlotCounts {
  const counts = { outcomes: zeroOutcomes(), calls: 0, errors: 0, statements: 0 };
  for (const origin of wanted) {
    for (const series of book.cache.of(origin).values()) series.addOutcomes(counts.outcomes);
    for (const series of book.sql.of(origin).values()) counts.statements += series.count;
    for (const series of book.rpc.of(origin).values()) {
      counts.calls += series.count;
      counts.errors += series.faults;
    }
  }
  return counts;
}

/** What came on top of `before`. */
export function countsSince(before: SlotCounts, after: SlotCounts): SlotCounts {
  const outcomes = zeroOutcomes();
  for (const name of outcomeNames) outcomes[name] = after.outcomes[name] - before.outcomes[name];
  return {
    outcomes,
    calls: after.calls - before.calls,
    errors: after.errors - before.errors,
    statements: after.statements - before.statements,
  };
}
