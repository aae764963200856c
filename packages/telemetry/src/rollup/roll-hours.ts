import type { Breather } from "../breather";
import { mergeBlobs } from "../merge-slots";
import { coarseTier, hourMs } from "../tiers";
import { newestClosed } from "./roll-minutes";
import type { Rollup } from "./rollup";

const minutesPerTrip = 15;

/**
 * Merges the minutes of hours that Postgres lacks, or has with less in them. Answers whether some are left for another
 * round. Rejects as Postgres does.
 */
export async function rollHours(
  { archive, retention, maxRowBytes, triedHours, mayGoOn }: Rollup,
  { nowMs, most, breather }: { nowMs: number; most: number; breather: Breather },
): Promise<{ merged: number; isDone: boolean }> {
  const end = Math.floor((newestClosed(nowMs) + coarseTier.widthMs) / hourMs) * hourMs;
  // All of them: minutes that are too old wait for this before they go.
  const stale = await archive.staleHours(0, end, most + triedHours.size);
  const left = stale.filter(({ startMs, messages, reports }) => triedHours.get(startMs) !== `${messages} ${reports}`);
  let merged = 0;
  for (const { startMs, messages, reports } of left.slice(0, most)) {
    if (!mayGoOn()) break;
    const inputs: { blob: Buffer }[] = [];
    for (let at = startMs; at < startMs + hourMs; at += minutesPerTrip * coarseTier.widthMs) {
      const starts = Array.from({ length: minutesPerTrip }, (_, index) => at + index * coarseTier.widthMs);
      const minutes = await archive.slots("1m", starts);
      for (const { head, body } of minutes.toSorted((a, b) => a.startMs - b.startMs)) {
        inputs.push({ blob: Buffer.concat([head, body]) });
      }
    }
    const parts = await mergeBlobs(inputs, { maxBytes: maxRowBytes, breather });
    triedHours.set(startMs, `${messages} ${reports}`);
    if (parts === null) continue;
    const { header, head, body } = parts;
    await archive.put("1h", {
      startMs,
      reports: header.reports,
      messages: header.recorded + header.dropped,
      writtenAtMs: header.writtenAtMs,
      head,
      body,
    });
    merged += 1;
  }
  const oldest = oldestMinutes(retention.minutesMs, nowMs);
  for (const startMs of triedHours.keys()) if (startMs < oldest) triedHours.delete(startMs);
  return { merged, isDone: left.length <= most && mayGoOn() };
}

/** Begin of the oldest minute that is kept: minutes go by whole hours, so that what is left of an hour is all of it. */
export function oldestMinutes(minutesMs: number, nowMs: number): number {
  return Math.floor((nowMs - minutesMs) / hourMs) * hourMs;
}
