import { outcomeNames, type OutcomeCounts } from "@weir/core/outcomes";
import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import type { Origin } from "@weir/core/scope";
import type { Book } from "./book";

/** What one slot holds, over all its series. */
export type SlotCounts = { outcomes: OutcomeCounts; calls: number; errors: number; statements: number };

export function noCounts(): SlotCounts {
  const outcomes = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
  return { outcomes, calls: 0, errors: 0, statements: 0 };
}

/** What one origin did. */
export function countBook(book: Book, origin: Origin): SlotCounts {
  const counts = noCounts();
  for (const series of book.tables.cache.of(origin).values()) series.addOutcomes(counts.outcomes);
  for (const series of book.tables.sql.of(origin).values()) counts.statements += series.count;
  for (const series of book.tables.rpc.of(origin).values()) {
    counts.calls += series.count;
    counts.errors += series.faults;
  }
  return counts;
}

export function addCounts(target: SlotCounts, more: SlotCounts): void {
  for (const name of outcomeNames) target.outcomes[name] += more.outcomes[name];
  target.calls += more.calls;
  target.errors += more.errors;
  target.statements += more.statements;
}

/** The places are part of what is stored: a new count goes to the end. */
function toPlaces({ outcomes, calls, errors, statements }: SlotCounts): number[] {
  const { hitL1, hitL2, coalesced, stale, negative, miss, error, bypass } = outcomes;
  return [calls, errors, statements, hitL1, hitL2, coalesced, stale, negative, miss, error, bypass];
}

/** Appends how many numbers follow, then the numbers up to the last one that is not zero. */
export function writeCounts(writer: ByteWriter, counts: SlotCounts): void {
  const places = toPlaces(counts);
  const end = places.findLastIndex((count) => count > 0) + 1;
  writer.varint(end);
  for (const count of places.slice(0, end)) writer.varint(count);
}

/** Reads what `writeCounts` wrote. Throws a RangeError when the bytes end too early. */
export function readCounts(reader: ByteReader): SlotCounts {
  const [calls, errors, statements, hitL1, hitL2, coalesced, stale, negative, miss, error, bypass] = Array.from(
    { length: reader.varint() },
    () => reader.varint(),
  );
  const outcomes = { hitL1, hitL2, coalesced, stale, negative, miss, error, bypass };
  const counts = noCounts();
  for (const name of outcomeNames) counts.outcomes[name] = outcomes[name] ?? 0;
  return { outcomes: counts.outcomes, calls: calls ?? 0, errors: errors ?? 0, statements: statements ?? 0 };
}
