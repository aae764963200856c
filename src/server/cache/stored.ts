import type { ClockReading } from "./clock";
import type { Engine } from "./engine";
import { decodeEntry, parseJson, type StoredEntry } from "./entry";
import type { Verdict } from "./fence";
import type { Job } from "./flight";
import { deepFreeze } from "./freeze";
import type { L2, MarksReading } from "./l2";
import type { Plan } from "./plan";

/** An entry of L2 that may be served. Times are local monotonic ms. */
export type Found = {
  readonly value: unknown;
  readonly json: string;
  readonly marks: readonly string[];
  readonly expired: boolean;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  /** No mark up to this epoch voids it. */
  readonly checkedEpoch: number;
};

export type Stored = {
  /** As it stood when the entries were read; null when Redis did not answer or has none. */
  readonly clock: ClockReading | null;
  /** In the order of the keys; undefined where nothing may be served. */
  readonly found: readonly (Found | undefined)[];
};

type Candidate = {
  readonly entry: StoredEntry;
  readonly marks: readonly string[];
  /** This node's own marks do not speak of all that happened since: those in Redis decide. */
  readonly needsRemote: boolean;
};
type Judged = { readonly verdict: Verdict; readonly checkedEpoch: number };

const nothing: Stored = { clock: null, found: [] };

/** What stands in Redis for a key, unless the clock alone rules it out. */
function openCandidate(
  { fence }: Engine,
  text: string | null | undefined,
  impliedMarks: (cacheKey: string) => readonly string[],
  cacheKey: string,
  now: ClockReading,
): Candidate | undefined {
  const entry = typeof text === "string" ? decodeEntry(text) : null;
  if (entry === null || entry.incarnation !== now.incarnation || entry.epoch < now.purgeFloor) return undefined;
  const logIsCurrent = now.incarnation === fence.incarnation && now.epoch <= fence.applied;
  return {
    entry,
    marks: [...impliedMarks(cacheKey), ...entry.marks],
    needsRemote: !logIsCurrent || !fence.covers(entry.epoch),
  };
}

/**
 * Judges by the marks in Redis, for what the local ones cannot speak of. `epoch` is the clock from before the marks were
 * read: only up to there do they vouch for the entry. The clock that came after them may count what they do not show;
 * it serves to notice floors that rose above marks that were pruned.
 */
function judgeRemote({ entry, marks }: Candidate, reading: MarksReading | null, epoch: number): Judged {
  const clock = reading?.clock;
  if (reading === null || !clock || clock.incarnation !== entry.incarnation || entry.epoch < clock.purgeFloor) {
    return { verdict: "void", checkedEpoch: 0 };
  }
  const set = marks.map((name) => reading.marks.get(name));
  const purged = set.some((mark) => mark !== undefined && mark.purged > entry.epoch);
  const expired =
    entry.epoch < clock.expireFloor || set.some((mark) => mark !== undefined && mark.expired > entry.epoch);
  return { verdict: purged ? "void" : expired ? "expired" : "valid", checkedEpoch: epoch };
}

function find(
  { fence, clock, redisTime }: Engine,
  candidate: Candidate | undefined,
  remote: MarksReading | null,
  now: ClockReading,
): Found | undefined {
  if (candidate === undefined || fence.isAnnounced(candidate.marks)) return undefined;
  const { entry, marks, needsRemote } = candidate;
  const { verdict, checkedEpoch } = needsRemote
    ? judgeRemote(candidate, remote, now.epoch)
    : { verdict: fence.judge(marks, entry.epoch), checkedEpoch: Math.max(entry.epoch, fence.applied) };
  const freshUntilMs = redisTime.toLocal(entry.freshUntilMs);
  const usableUntilMs = redisTime.toLocal(entry.usableUntilMs);
  if (verdict === "void" || freshUntilMs === null || usableUntilMs === null || clock.now() >= usableUntilMs) {
    return undefined;
  }
  const value = parseJson(entry.json);
  const expired = verdict === "expired";
  if (value === undefined || (value === null && expired)) return undefined;
  return { value: deepFreeze(value), json: entry.json, marks, expired, freshUntilMs, usableUntilMs, checkedEpoch };
}

/** Reads the entries of these keys from L2 and judges them. Never rejects, and takes no longer than the read's budget. */
export function readStored<Key, Value>(
  engine: Engine,
  l2: L2,
  { group, definition: { version }, impliedMarks }: Plan<Key, Value>,
  jobs: readonly Job<Key>[],
): Promise<Stored> {
  const startedAtMs = engine.clock.now();
  const entryKeys = jobs.map(({ cacheKey }) => engine.keys.entry(group, version, cacheKey));
  return l2.read(entryKeys).then((reading) => {
    const now = reading?.clock;
    if (reading === null || !now) return nothing;
    const candidates = jobs.map(({ cacheKey }, index) =>
      openCandidate(engine, reading.texts[index], impliedMarks, cacheKey, now),
    );
    const judge = (remote: MarksReading | null): Stored => ({
      clock: now,
      found: candidates.map((candidate) => find(engine, candidate, remote, now)),
    });
    const unknown = candidates.filter((candidate) => candidate?.needsRemote === true);
    if (unknown.length === 0) return judge(null);
    const names = new Set(unknown.flatMap((candidate) => candidate?.marks ?? []));
    return l2.marksOf([...names], engine.redisBudgetMs - (engine.clock.now() - startedAtMs)).then(judge);
  });
}
