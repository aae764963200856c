import type { Record } from "../cache-stale/record";

/** A time in which reads are not held to the bound, in ns. */
export type Exemption = { readonly fromNs: number; readonly untilNs: number };

export type Staleness = {
  reads: number;
  /** Confirmed writes of single accounts. */
  writes: number;
  /** Reads that returned less than what had been confirmed before they began. */
  behind: number;
  /** By how long the read began after the confirmation of a write that it did not see: the longest. */
  longestMs: number;
  p99Ms: number;
  /** Reads behind by more than the bound. */
  stale: { key: number; read: number; lateMs: number }[];
};

/**
 * Judges every read: counters only grow, so a read is behind when a larger value of its counter had been confirmed before
 * it began. A write counts from its confirmation, which follows the commit.
 */
export function judgeStaleness(
  records: Iterable<Record>,
  boundMs: number,
  exempt: readonly Exemption[] = [],
): Staleness {
  const writes = new Map<number, { value: number; atNs: number }[]>();
  const reads: Record[] = [];
  const result: Staleness = { reads: 0, writes: 0, behind: 0, longestMs: 0, p99Ms: 0, stale: [] };
  for (const record of records) {
    if (record.kind === "read") reads.push(record);
    if (record.kind !== "applied") continue;
    result.writes += 1;
    const known = writes.get(record.key);
    if (known === undefined) writes.set(record.key, [record]);
    else known.push(record);
  }
  for (const known of writes.values()) {
    known.sort((a, b) => a.value - b.value);
    // By then at least this value was confirmed, in whichever order the confirmations arrived.
    for (let index = known.length - 2; index >= 0; index -= 1) {
      const [one, next] = [known[index], known[index + 1]];
      if (one !== undefined && next !== undefined && next.atNs < one.atNs) known[index] = { ...one, atNs: next.atNs };
    }
  }
  const delays: number[] = [];
  for (const { key, value, atNs } of reads) {
    result.reads += 1;
    const missed = firstAbove(writes.get(key) ?? [], value);
    if (missed === undefined || missed.atNs >= atNs) continue;
    const lateMs = (atNs - missed.atNs) / 1e6;
    result.behind += 1;
    if (exempt.some(({ fromNs, untilNs }) => fromNs <= atNs && atNs <= untilNs)) continue;
    delays.push(lateMs);
    if (lateMs > boundMs) result.stale.push({ key, read: value, lateMs });
  }
  const sorted = Float64Array.from(delays).toSorted();
  result.longestMs = sorted.at(-1) ?? 0;
  result.p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  return result;
}

function firstAbove<Write extends { value: number }>(sorted: readonly Write[], value: number): Write | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.value ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return sorted[low];
}
