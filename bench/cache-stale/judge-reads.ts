import type { Record } from "./record";

/**
 * What a read must not fall behind (rule C1). `own`: invalidations acknowledged to this process, even if only queued.
 * `heard`: log entries it has received. `fleet`: invalidations confirmed for every node. `trust`: invalidations applied
 * longer ago than a node trusts its memory without the log.
 */
export type Promise = "own" | "heard" | "fleet" | "trust";

export type Stale = { promise: Promise; process: number; key: number; read: number; owed: number; lateMs: number };

export type Judgement = {
  reads: number;
  failedReads: number;
  writes: number;
  /** Reads that broke a promise. */
  stale: Stale[];
  /** Reads older than an acknowledgement on another node, before its log entry arrived. C1 allows them. */
  behindOtherNodes: number;
};

type Floor = { value: number; atNs: number };
type Event = { atNs: number; record: Record; promise: Promise | null };

const promises: readonly Promise[] = ["own", "heard", "fleet", "trust"];
const nobody = -1;

/** The times at which promises start to bind, and the reads, in order; a read precedes a promise at the same time. */
function eventsOf(records: readonly Record[], trustNs: number): Event[] {
  const valueOf = new Map<number, number>();
  for (const { kind, epoch, value } of records) if (kind === "applied" && epoch > 0) valueOf.set(epoch, value);
  const events: Event[] = [];
  for (const record of records) {
    const { kind, atNs, epoch } = record;
    if (kind === "read") events.push({ atNs, record, promise: null });
    if (kind === "applied" || kind === "queued" || kind === "fleet") events.push({ atNs, record, promise: "own" });
    if (kind === "fleet") events.push({ atNs, record, promise: "fleet" });
    if (kind === "applied" || kind === "fleet") events.push({ atNs: atNs + trustNs, record, promise: "trust" });
    const value = valueOf.get(epoch);
    if (kind === "heard" && value !== undefined) events.push({ atNs, record: { ...record, value }, promise: "heard" });
  }
  const isPromise = ({ promise }: Event): number => (promise === null ? 0 : 1);
  return events.toSorted((a, b) => a.atNs - b.atNs || isPromise(a) - isPromise(b));
}

/** Judges the reads of one key. */
function judgeKey(records: readonly Record[], trustNs: number, into: Judgement): void {
  /** By promise and, for promises to a single process, by that process. */
  const floors = new Map<string, Floor>();
  let acknowledged = 0;
  const slot = (promise: Promise, process: number): string =>
    `${promise} ${promise === "fleet" || promise === "trust" ? nobody : process}`;
  for (const { atNs, record, promise } of eventsOf(records, trustNs)) {
    const { process, key, value } = record;
    if (promise !== null) {
      const known = floors.get(slot(promise, process));
      if (known === undefined || known.value < value) floors.set(slot(promise, process), { value, atNs });
      if (promise === "own" && record.kind !== "queued") acknowledged = Math.max(acknowledged, value);
      continue;
    }
    const broken = promises
      .map((one) => ({ one, floor: floors.get(slot(one, process)) }))
      .find(({ floor }) => floor !== undefined && value < floor.value);
    if (broken?.floor !== undefined) {
      const { value: owed, atNs: sinceNs } = broken.floor;
      into.stale.push({ promise: broken.one, process, key, read: value, owed, lateMs: (atNs - sinceNs) / 1e6 });
    } else if (value < acknowledged) into.behindOtherNodes += 1;
  }
}

/** Judges every read of a run. Counters only grow, so a read is stale when it is below a counter it was promised. */
export function judgeReads(records: Iterable<Record>, trustMs: number): Judgement {
  const judgement: Judgement = { reads: 0, failedReads: 0, writes: 0, stale: [], behindOtherNodes: 0 };
  const byKey = new Map<number, Record[]>();
  for (const record of records) {
    if (record.kind === "read") judgement.reads += 1;
    if (record.kind === "failed") judgement.failedReads += 1;
    if (record.kind === "applied" || record.kind === "queued" || record.kind === "fleet") judgement.writes += 1;
    const known = byKey.get(record.key);
    if (known === undefined) byKey.set(record.key, [record]);
    else known.push(record);
  }
  for (const known of byKey.values()) judgeKey(known, trustMs * 1e6, judgement);
  return judgement;
}
