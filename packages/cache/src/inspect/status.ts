import type { EntryStatus, Reason } from "../contract/inspection";
import { isStale, type L1Entry } from "../memory/l1";
import { type ClockReading, type MarkTimes, parseClock } from "../redis/clock";
import { describeMark, type KeyNames, markOfGroup, markOfStoredKey } from "../redis/names";
import type { InspectionRedis, InspectionTools } from "./tools";
import type { NamedEntry, StoredHeader } from "./walk";

/** The marks and the time of Redis at one instant. */
export type MarkSnapshot = {
  /** Null when Redis was wiped and no node has started a new clock yet: nothing stored is valid then. */
  readonly clock: ClockReading | null;
  readonly serverMs: number;
  readonly marks: ReadonlyMap<string, MarkTimes>;
};

const maxFields = 2000;

/** All marks of an entry: of its group, its key and its tags. */
export function marksOfEntry({ group, key }: Pick<NamedEntry, "group" | "key">, header: StoredHeader): string[] {
  return [markOfGroup(group), markOfStoredKey(group, key), ...header.marks];
}

export async function readMarkSnapshot(
  redis: InspectionRedis,
  keys: KeyNames,
  names: ReadonlySet<string>,
): Promise<MarkSnapshot> {
  const wanted = [...names];
  const marks = new Map<string, MarkTimes>();
  for (let from = 0; from < wanted.length; from += maxFields / 2) {
    const portion = wanted.slice(from, from + maxFields / 2);
    const fields = portion.flatMap((name) => [`p:${name}`, `e:${name}`]);
    // In portions, so that no command blocks Redis for others.
    const epochs = await redis.send("ZMSCORE", (client) => client.zmscore(keys.marks, ...fields));
    for (const [index, name] of portion.entries()) {
      marks.set(name, { purged: Number(epochs[2 * index] ?? 0), expired: Number(epochs[2 * index + 1] ?? 0) });
    }
  }
  // Read after the marks: marks that are pruned in between show as a risen floor.
  const [clockText, time] = await redis.send("TIME", (client) => Promise.all([client.get(keys.clock), client.time()]));
  const [seconds, microseconds] = time;
  return {
    clock: parseClock(clockText),
    serverMs: Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000),
    marks,
  };
}

/** Whether an entry would be served, and all reasons why not, those that void it first. */
export function statusOfStored(
  header: StoredHeader,
  entryMarks: readonly string[],
  snapshot: MarkSnapshot,
): EntryStatus {
  const { clock, marks, serverMs } = snapshot;
  const { epoch, freshUntilMs, usableUntilMs } = header;
  if (clock === null || header.incarnation !== clock.incarnation) {
    return { state: "void", reasons: [{ cause: "incarnation", mark: null, epoch: null }] };
  }
  const voids: Reason[] = [];
  const ages: Reason[] = [];
  if (epoch < clock.purgeFloor) voids.push({ cause: "purged", mark: "*", epoch: clock.purgeFloor });
  if (epoch < clock.expireFloor) ages.push({ cause: "expired", mark: "*", epoch: clock.expireFloor });
  for (const mark of entryMarks) {
    const times = marks.get(mark);
    if (times === undefined) continue;
    if (times.purged > epoch) voids.push({ cause: "purged", mark: describeMark(mark), epoch: times.purged });
    if (times.expired > epoch) ages.push({ cause: "expired", mark: describeMark(mark), epoch: times.expired });
  }
  if (serverMs >= usableUntilMs) voids.push({ cause: "age", mark: null, epoch: null });
  else if (serverMs >= freshUntilMs) ages.push({ cause: "age", mark: null, epoch: null });
  const state = voids.length > 0 ? "void" : ages.length > 0 ? "stale" : "fresh";
  return { state, reasons: [...voids, ...ages] };
}

/** Whether this node's memory would serve the entry now, and why not. Changes nothing. */
export function statusInMemory(
  { clock, fence, trust, groups }: InspectionTools,
  group: string,
  entry: L1Entry,
): EntryStatus {
  const nowMs = clock.now();
  const voids: Reason[] = [];
  const ages: Reason[] = [];
  if (entry.generation !== fence.generation) voids.push({ cause: "incarnation", mark: null, epoch: null });
  if (!trust.holds(nowMs, groups.get(group)?.graceMs ?? 0)) voids.push({ cause: "untrusted", mark: null, epoch: null });
  for (const mark of entry.marks) {
    const verdict = fence.judge([mark], entry.checkedEpoch);
    if (verdict === "void") voids.push({ cause: "purged", mark: describeMark(mark), epoch: null });
    if (verdict === "expired") ages.push({ cause: "expired", mark: describeMark(mark), epoch: null });
  }
  if (nowMs >= entry.usableUntilMs) voids.push({ cause: "age", mark: null, epoch: null });
  else if (isStale(entry, nowMs)) ages.push({ cause: entry.expired ? "expired" : "age", mark: null, epoch: null });
  const state = voids.length > 0 ? "void" : ages.length > 0 ? "stale" : "fresh";
  return { state, reasons: [...voids, ...ages] };
}

export type MemoryCount = { entries: number; bytes: number };

/** Entries and bytes in this node's memory, by `group:v…`. Visits every entry. */
export function countMemory({ l1 }: InspectionTools): Map<string, MemoryCount> {
  const counts = new Map<string, MemoryCount>();
  l1.each(({ id, sizeBytes }) => {
    const name = id.slice(0, id.indexOf(":", id.indexOf(":") + 1));
    const count = counts.get(name) ?? { entries: 0, bytes: 0 };
    count.entries += 1;
    count.bytes += sizeBytes;
    counts.set(name, count);
  });
  return counts;
}
