import { LRUCache } from "lru-cache";
import { channels } from "@weir/core/channels";
import type { Fence } from "./fence";
import type { Trust } from "./trust";

/** A value in this node's memory. Times are local monotonic ms. */
export type L1Entry = {
  /** Of the entry, in whichever tier it is. */
  readonly stamp: string;
  readonly loadMs: number;
  /** Frozen; null for "does not exist". */
  readonly value: unknown;
  readonly marks: readonly string[];
  /** Of the tags among its marks; undefined when it has none. */
  readonly families: readonly string[] | undefined;
  readonly generation: number;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  readonly sizeBytes: number;
  /** No mark up to this epoch voids it. */
  checkedEpoch: number;
  /** The fence's sequence at the last check: while it stands still there is nothing to check. */
  checkedSequence: number;
  /** An expire mark has reached it. */
  expired: boolean;
  /** From here on a read may refresh it although it is fresh; never for what does not exist. */
  readonly earlyFromMs: number;
  /** Not refreshed before this: a refresh is under way, or failed. */
  refreshAfterMs: number;
  /** How many refreshes have failed in a row. */
  failures: number;
};

/** True when the entry may be served but should be refreshed. */
export const isStale = (entry: L1Entry, nowMs: number): boolean => entry.expired || nowMs >= entry.freshUntilMs;

export type L1 = {
  /** Off, it holds nothing. */
  readonly enabled: boolean;
  /** The entry when it may be served now; whether it is fresh says `isStale`. Touches no network. */
  read: (id: string, nowMs: number, graceMs: number) => L1Entry | undefined;
  store: (id: string, entry: L1Entry) => void;
  /** What it holds, servable or not; no use of it. */
  peek: (id: string) => L1Entry | undefined;
  /** Walks through all that it holds, servable or not; no use of it. */
  each: (visit: (id: string, entry: L1Entry) => void) => void;
  readonly entries: number;
  readonly sizeBytes: number;
};

export type L1Options = {
  maxEntries: number;
  maxBytes: number;
  enabled: boolean;
  fence: Fence;
  trust: Trust;
};

export function createL1({ maxEntries, maxBytes, enabled, fence, trust }: L1Options): L1 {
  const entries = new LRUCache<string, L1Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    dispose: (_entry, id, reason) => {
      if (reason !== "evict" || !channels.cache.hasSubscribers) return;
      // The name of a group holds no colon.
      channels.cache.publish({ type: "eviction", group: id.slice(0, id.indexOf(":")), count: 1 });
    },
  });

  /** False when the entry can never be served again. */
  const holds = (entry: L1Entry, nowMs: number): boolean => {
    if (entry.generation !== fence.generation || nowMs >= entry.usableUntilMs) return false;
    if (entry.checkedSequence === fence.sequence) return true;
    const verdict = fence.judge(entry.marks, entry.checkedEpoch);
    if (verdict === "void") return false;
    if (verdict === "expired") entry.expired = true;
    entry.checkedEpoch = Math.max(entry.checkedEpoch, fence.applied);
    entry.checkedSequence = fence.sequence;
    // What does not exist has no older value worth serving.
    return !(entry.expired && entry.value === null);
  };

  return {
    enabled,
    read: (id, nowMs, graceMs) => {
      if (!enabled || !trust.holds(nowMs, graceMs)) return undefined;
      const entry = entries.get(id);
      if (entry === undefined) return undefined;
      if (holds(entry, nowMs)) return entry;
      entries.delete(id);
      return undefined;
    },
    store: (id, entry) => {
      if (enabled) entries.set(id, entry, { size: entry.sizeBytes });
    },
    peek: (id) => entries.peek(id),
    each: (visit) => entries.forEach((entry, id) => visit(id, entry)),
    get entries() {
      return entries.size;
    },
    get sizeBytes() {
      return entries.calculatedSize;
    },
  };
}
