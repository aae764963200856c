import type { Origin } from "../scope";
import { Book } from "./book";
import { mergeEncodedBook } from "./book-codec";
import { Breather } from "./breather";
import { countBook, countsSince, type SlotCounts } from "./slot-counts";
import type { StoredSlot } from "./slot-source";
import { nodeOfField } from "./tiers";

/** Names of all nodes together that have a row of their own; what is beyond is shown under "(other)". */
const maxSeries = 1_000;
/** One blob takes far less than this, so the event loop is free at least every ten milliseconds. */
const longestHoldMs = 4;

export type MergedSlots = {
  book: Book;
  /** In the order of the slots; null where no node reported. */
  slots: (SlotCounts | null)[];
  /** When each node was last heard of. */
  lastSeenMs: Map<string, number>;
  dropped: number;
  undecodable: number;
};

/**
 * Sums nodes and slots, pausing so that other work goes on. The slots come in portions, so that none waits for all;
 * `slotsPerStep` neighbours are counted as one.
 */
export async function mergeSlots(
  portions: AsyncIterable<readonly StoredSlot[]>,
  wanted: ReadonlySet<Origin>,
  slotsPerStep: number,
): Promise<MergedSlots> {
  const merged: MergedSlots = {
    book: new Book(maxSeries),
    slots: [],
    lastSeenMs: new Map(),
    dropped: 0,
    undecodable: 0,
  };
  const { book, lastSeenMs } = merged;
  const breather = new Breather(longestHoldMs);
  let before = countBook(book, wanted);
  let reports = 0;
  let seen = 0;
  for await (const portion of portions) {
    for (const { blobs } of portion) {
      for (const [field, blob] of Object.entries(blobs)) {
        const header = mergeEncodedBook(blob, book, wanted);
        await breather.pause();
        if (header === null) {
          merged.undecodable += 1;
          continue;
        }
        reports += 1;
        merged.dropped += header.dropped;
        const nodeId = nodeOfField(field);
        lastSeenMs.set(nodeId, Math.max(lastSeenMs.get(nodeId) ?? 0, header.writtenAtMs));
      }
      seen += 1;
      if (seen % slotsPerStep !== 0) continue;
      const after = reports === 0 ? before : countBook(book, wanted);
      merged.slots.push(reports === 0 ? null : countsSince(before, after));
      before = after;
      reports = 0;
    }
  }
  return merged;
}
