import { type Amount, amountOf, isMore } from "../amount";
import type { SlotArchive } from "../archive";
import type { Breather } from "../breather";
import { mergeBlobs } from "../merge-slots";
import { seriesNames } from "../read-series";
import type { SlotNotes, SlotSource } from "../slot-source";
import { coarseTier, nodeOfField, slotStart } from "../tiers";
import type { TextKeeper } from "./keep-texts";
import type { Rollup } from "./rollup";

/** A slot is left alone for so long after its end: nodes flush once a second, and clocks differ. */
export const graceMs = 10_000;
/** How far back each round looks; it looks at all that Redis keeps where something may have come late. */
const recentMinutes = 5;
const notesPerTrip = 60;

/** The newest minute that is over for all nodes. */
export function newestClosed(nowMs: number): number {
  return slotStart(coarseTier, nowMs - graceMs) - coarseTier.widthMs;
}

/**
 * Merges the nodes' minutes that Postgres lacks, or has with less in them, oldest first. Any number of nodes may do so at
 * the same time and again: what is stored depends on what Redis holds, not on who stored it. Answers whether some are
 * left for another round. Rejects as Redis and Postgres do.
 */
export async function rollMinutes(
  { source, archive, retention, maxRowBytes, tried, mayGoOn, turn }: Rollup,
  texts: TextKeeper,
  options: { nowMs: number; looksAtAll: boolean; most: number; breather: Breather },
): Promise<{ merged: number; isDone: boolean }> {
  const { nowMs, looksAtAll, most, breather } = options;
  const newest = newestClosed(nowMs);
  const kept = Math.floor(retention.nodeMinutesMs / coarseTier.widthMs);
  const count = looksAtAll ? kept : Math.min(kept, recentMinutes);
  const starts = Array.from({ length: count }, (_, index) => newest - (count - 1 - index) * coarseTier.widthMs);
  const [first = newest] = starts;
  const marks = new Map((await archive.marks("1m", first, newest + 1)).map((mark) => [mark.startMs, mark]));

  const candidates: SlotNotes[] = [];
  for (let from = 0; from < starts.length; from += notesPerTrip) {
    for (const slot of await source.notes(coarseTier, starts.slice(from, from + notesPerTrip))) {
      if (slot.notes.length === 0) continue;
      const amount = amountOf(slot);
      // What could not be read the last time will not be read now, unless something was added.
      if (tried.get(slot.startMs) === keyOf(amount) || !isMore(amount, marks.get(slot.startMs))) continue;
      candidates.push(slot);
    }
    await breather.pause();
  }

  let merged = 0;
  for (const slot of inTurn(candidates, turn).slice(0, most)) {
    if (!mayGoOn()) break;
    // Another node may have done it since.
    const [mark] = await archive.marks("1m", slot.startMs, slot.startMs + 1);
    if (isMore(amountOf(slot), mark)) {
      await rollMinute({ source, archive, maxRowBytes }, texts, slot, breather);
      merged += 1;
    }
    tried.set(slot.startMs, keyOf(amountOf(slot)));
  }
  for (const startMs of tried.keys()) if (startMs < nowMs - retention.nodeMinutesMs) tried.delete(startMs);
  return { merged, isDone: candidates.length <= most && mayGoOn() };
}

const keyOf = ({ messages, reports }: Amount): string => `${messages} ${reports}`;

/** Nodes that have much to catch up with begin at different places. */
function inTurn<Item>(items: readonly Item[], turn: number): Item[] {
  const begin = Math.floor(turn * items.length);
  return [...items.slice(begin), ...items.slice(0, begin)];
}

async function rollMinute(
  { source, archive, maxRowBytes }: { source: SlotSource; archive: SlotArchive; maxRowBytes: number },
  texts: TextKeeper,
  { startMs, notes }: SlotNotes,
  breather: Breather,
): Promise<void> {
  const [slot] = await source.slots(coarseTier, [startMs]);
  const stopped = new Set(notes.filter(({ head }) => head.header.state?.stopped === true).map(({ field }) => field));
  // By field, so that whoever merges the same blobs gets the same bytes.
  const inputs = Object.entries(slot?.blobs ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, blob]) => ({ blob, node: { id: nodeOfField(field), stopped: stopped.has(field) } }));
  const parts = await mergeBlobs(inputs, { maxBytes: maxRowBytes, breather });
  if (parts === null) return;
  const { header, head, body } = parts;
  const { reports, recorded, dropped, writtenAtMs } = header;
  await archive.put("1m", { startMs, reports, messages: recorded + dropped, writtenAtMs, head, body });
  const nodeIds = header.nodes.map(({ id }) => id);
  await texts.keep(seriesNames(parts, "sql"), nodeIds, startMs);
}
