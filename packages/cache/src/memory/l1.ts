import { channels } from "@weir/core/channels";
import type { Fence, Trust } from "../invalidation/fence";
import { type Resident, S3Fifo } from "./s3-fifo";

/** A value in this node's memory. Times are local monotonic ms. */
export interface L1Entry extends Resident<L1Entry> {
  /** Identifies the entry in both tiers. */
  readonly stamp: string;
  readonly loadMs: number;
  /** Frozen; null for "does not exist". */
  readonly value: unknown;
  readonly marks: readonly string[];
  /** Families of its tags; undefined when it has none. */
  readonly families: readonly string[] | undefined;
  readonly generation: number;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  /** No invalidation up to this epoch voids it. */
  checkedEpoch: number;
  /** The fence's sequence at the last check: while it is unchanged there is nothing to check. */
  checkedSequence: number;
  /** An invalidation in mode `expire` has reached it. */
  expired: boolean;
  /** From here on a read may refresh it although it is fresh; infinite for negative entries. */
  readonly earlyFromMs: number;
  /** Not refreshed before this time: a refresh is running, or has failed. */
  refreshAfterMs: number;
  /** Failed refreshes in a row. */
  failures: number;
}

/** True when a servable entry should be refreshed. */
export const isStale = (entry: L1Entry, nowMs: number): boolean => entry.expired || nowMs >= entry.freshUntilMs;

export type L1 = {
  /** When false, it stores nothing. */
  readonly enabled: boolean;
  /** Returns the entry if it may be served now, fresh or stale. No I/O. */
  read: (id: string, nowMs: number, graceMs: number) => L1Entry | undefined;
  store: (entry: L1Entry) => void;
  remove: (id: string) => void;
  /** Returns the entry, servable or not, without counting as a use of it. */
  peek: (id: string) => L1Entry | undefined;
  /** Visits all entries, servable or not, without counting as a use of them. */
  each: (visit: (entry: L1Entry) => void) => void;
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

/** The share of negative entries. Any caller can make up any number of IDs: they displace only each other. */
const negativeShare = 0.1;

const publishEviction = ({ id }: L1Entry): void => {
  if (!channels.cache.hasSubscribers) return;
  // Group names contain no colon.
  channels.cache.publish({ type: "eviction", group: id.slice(0, id.indexOf(":")), count: 1 });
};

export function createL1({ maxEntries, maxBytes, enabled, fence, trust }: L1Options): L1 {
  const maxNegatives = { entries: Math.floor(maxEntries * negativeShare), bytes: Math.floor(maxBytes * negativeShare) };
  const values = new S3Fifo<L1Entry>({
    maxEntries: maxEntries - maxNegatives.entries,
    maxBytes: maxBytes - maxNegatives.bytes,
    onEvicted: publishEviction,
  });
  const negatives = new S3Fifo<L1Entry>({
    maxEntries: Math.max(1, maxNegatives.entries),
    maxBytes: maxNegatives.bytes,
    onEvicted: publishEviction,
  });
  const homeOf = ({ value }: L1Entry): S3Fifo<L1Entry> => (value === null ? negatives : values);

  /** Returns false when the entry can never be served again. */
  const isUsable = (entry: L1Entry, nowMs: number): boolean => {
    if (entry.generation !== fence.generation || nowMs >= entry.usableUntilMs) return false;
    if (entry.checkedSequence === fence.sequence) return true;
    const verdict = fence.judge(entry.marks, entry.checkedEpoch);
    if (verdict === "void") return false;
    if (verdict === "expired") entry.expired = true;
    entry.checkedEpoch = Math.max(entry.checkedEpoch, fence.applied);
    entry.checkedSequence = fence.sequence;
    // A negative entry is not worth serving stale.
    return !(entry.expired && entry.value === null);
  };

  return {
    enabled,
    read: (id, nowMs, graceMs) => {
      if (!enabled || !trust.holds(nowMs, graceMs)) return undefined;
      const entry = values.get(id) ?? negatives.get(id);
      if (entry === undefined) return undefined;
      if (isUsable(entry, nowMs)) return entry;
      homeOf(entry).delete(id);
      return undefined;
    },
    store: (entry) => {
      if (!enabled) return;
      const home = homeOf(entry);
      (home === values ? negatives : values).delete(entry.id);
      home.set(entry);
    },
    remove: (id) => {
      values.delete(id);
      negatives.delete(id);
    },
    peek: (id) => values.peek(id) ?? negatives.peek(id),
    each: (visit) => {
      for (const entry of values.values()) visit(entry);
      for (const entry of negatives.values()) visit(entry);
    },
    get entries() {
      return values.size + negatives.size;
    },
    get sizeBytes() {
      return values.sizeBytes + negatives.sizeBytes;
    },
  };
}
