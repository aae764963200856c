import type { NodeSeen } from "../store/snapshot-codec";
import type { Yielder } from "../yielder";
import type { SlotCache } from "./slot-cache";
import type { SlotSummaries, SlotSource, StoredSlot } from "../store/slot-source";
import { mergeBlobs } from "../store/merge-snapshots";
import { nodeOfField, type Tier } from "../store/tiers";

/** Slots per round trip. */
const summariesPerTrip = 90;
const blobsPerTrip = 8;
/** A slot may still change for a while after its end: nodes flush once a second, and clocks differ. */
const settlesAfterMs = 10_000;
const maxTrustMs = 60_000;
/** Maximum size of a cached merged slot; larger ones are merged on every read. */
const maxMergedBytes = 4_194_304;

type Checked = SlotSummaries & { checkedMs: number };

/** Reads the slots of one tier that all nodes, or some, stored in Redis, with a cache. */
export class NodeSlots {
  readonly #source: SlotSource;
  readonly #tier: Tier;
  readonly #keepMs: number;
  readonly #cache: SlotCache<Buffer>;
  readonly #summaries = new Map<number, Checked>();

  /** `keepMs`: how long Redis keeps these slots. */
  constructor(options: { source: SlotSource; tier: Tier; keepMs: number; cache: SlotCache<Buffer> }) {
    this.#source = options.source;
    this.#tier = options.tier;
    this.#keepMs = options.keepMs;
    this.#cache = options.cache;
  }

  /** The summaries of the requested nodes for each slot, in batches. Rejects when Redis does not respond. */
  async *summaries(startsMs: readonly number[], nodeIds: ReadonlySet<string> | null, nowMs: number) {
    this.#forget(nowMs);
    for (let from = 0; from < startsMs.length; from += summariesPerTrip) {
      const portion = startsMs.slice(from, from + summariesPerTrip);
      const unknown = portion.filter((startMs) => !this.#isFresh(startMs, nowMs));
      if (unknown.length > 0) {
        for (const slot of await this.#source.summaries(this.#tier, unknown)) {
          this.#summaries.set(slot.startMs, { ...slot, checkedMs: nowMs });
        }
      }
      yield portion.map((startMs): SlotSummaries => {
        const summaries = this.#summaries.get(startMs)?.summaries ?? [];
        return {
          startMs,
          summaries: nodeIds === null ? summaries : summaries.filter(({ nodeId }) => nodeIds.has(nodeId)),
        };
      });
    }
  }

  /** True when the slot is not expected to change. */
  isSettled(startMs: number, nowMs: number): boolean {
    return startMs + this.#tier.widthMs + settlesAfterMs <= nowMs;
  }

  /** The version of a slot's summaries; changes when any of them does. */
  versionOf({ summaries }: SlotSummaries): string {
    let messages = 0;
    let writtenAtMs = 0;
    for (const { head } of summaries) {
      messages += head.header.recorded + head.header.dropped;
      writtenAtMs += head.header.writtenAtMs;
    }
    return `${summaries.length} ${messages} ${writtenAtMs}`;
  }

  /** The blobs of these slots, in batches; several blobs for a slot that is not merged yet. */
  async *blobs(slots: readonly SlotSummaries[], nodesKey: string, nowMs: number, yielder: Yielder) {
    const unknown: SlotSummaries[] = [];
    for (const slot of slots) {
      if (slot.summaries.length === 0) continue;
      const merged = this.#cache.get(this.#keyOf(slot, nodesKey), this.versionOf(slot));
      if (merged === undefined) unknown.push(slot);
      else yield { startMs: slot.startMs, blobs: [merged] };
    }
    for (let from = 0; from < unknown.length; from += blobsPerTrip) {
      const portion = unknown.slice(from, from + blobsPerTrip);
      const starts = portion.map(({ startMs }) => startMs);
      const stored = await this.#source.slots(this.#tier, starts);
      for (const [index, slot] of portion.entries()) {
        yield { startMs: slot.startMs, blobs: await this.#merge(slot, stored[index], nodesKey, nowMs, yielder) };
      }
    }
  }

  /** The unmerged blobs of each process for these slots, one slot at a time; skips slots without summaries. */
  async *rawBlobs(slots: readonly SlotSummaries[], nodesKey: string) {
    for (let from = 0; from < slots.length; from += blobsPerTrip) {
      const portion = slots.slice(from, from + blobsPerTrip);
      const starts = portion.map(({ startMs }) => startMs);
      const stored = await this.#source.slots(this.#tier, starts);
      for (const [index, slot] of portion.entries()) {
        yield { startMs: slot.startMs, blobs: wantedBlobs(slot, stored[index], nodesKey).map(([, blob]) => blob) };
      }
    }
  }

  async #merge(slot: SlotSummaries, stored: StoredSlot | undefined, nodesKey: string, nowMs: number, yielder: Yielder) {
    const mine = wantedBlobs(slot, stored, nodesKey);
    const blobs = mine.map(([, blob]) => blob);
    if (blobs.length < 2 || !this.isSettled(slot.startMs, nowMs)) return blobs;
    const inputs = mine.map(([field, blob]) => ({ blob, node: { id: nodeOfField(field), stopped: false } }));
    const merged = await mergeBlobs(inputs, { maxBytes: maxMergedBytes, yielder });
    if (merged === null || merged.header.undecodable > 0) return blobs;
    const blob = Buffer.concat([merged.head, merged.body]);
    this.#cache.put(this.#keyOf(slot, nodesKey), this.versionOf(slot), blob.length, blob);
    return [blob];
  }

  #keyOf({ startMs }: SlotSummaries, nodesKey: string): string {
    return `${this.#tier.name} ${startMs} ${nodesKey}`;
  }

  /** The older a slot, the less often it is checked for changes. */
  #isFresh(startMs: number, nowMs: number): boolean {
    const known = this.#summaries.get(startMs);
    if (known === undefined || nowMs < known.checkedMs) return false;
    const settledForMs = known.checkedMs - (startMs + this.#tier.widthMs + settlesAfterMs);
    return settledForMs > 0 && nowMs - known.checkedMs < Math.min(maxTrustMs, settledForMs / 4);
  }

  #forget(nowMs: number): void {
    const oldestMs = nowMs - this.#keepMs - this.#tier.widthMs;
    for (const startMs of this.#summaries.keys()) if (startMs < oldestMs) this.#summaries.delete(startMs);
  }
}

/** All blobs, or with a `nodesKey` those in `summaries`; sorted by field, so that equal blobs merge to equal bytes. */
function wantedBlobs(
  { summaries }: SlotSummaries,
  stored: StoredSlot | undefined,
  nodesKey: string,
): [string, Buffer][] {
  const wanted = new Set(summaries.map(({ field }) => field));
  return Object.entries(stored?.blobs ?? {})
    .filter(([field]) => nodesKey === "" || wanted.has(field))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The nodes that reported in a slot. */
export function nodesOf({ summaries }: SlotSummaries): NodeSeen[] {
  return summaries.map(({ nodeId, head }) => ({
    id: nodeId,
    lastSeenMs: head.header.writtenAtMs,
    stopped: head.header.state?.stopped === true,
  }));
}
