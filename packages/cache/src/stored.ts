import { isLarge, openBody, openBodyNow } from "./body";
import type { ClockReading } from "./clock";
import type { Engine } from "./engine";
import { decodeEntry, parseJson, stampIn, type StoredEntry } from "./entry";
import type { Verdict } from "./fence";
import type { Job } from "./flight";
import { deepFreeze } from "./freeze";
import type { L2, L2Reading, MarksReading } from "./l2";
import type { Plan } from "./plan";
import type { Definition } from "./types";

/** An entry of L2 that may be served. Times are local monotonic ms. */
export type Found = {
  readonly stamp: string;
  readonly loadMs: number;
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
  /** Stamps of what is there, servable or not; empty for nothing, `*` for what is no entry. */
  readonly seen: readonly string[];
};

type Candidate = {
  readonly entry: StoredEntry;
  readonly marks: readonly string[];
  /** This node's own marks do not speak of all that happened since: those in Redis decide. */
  readonly needsRemote: boolean;
  /** Undefined while it has not been opened, or where it cannot be. */
  json: string | undefined;
};
type Judged = { readonly verdict: Verdict; readonly checkedEpoch: number };

const nothing: Stored = { clock: null, found: [], seen: [] };

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
    json: undefined,
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

/**
 * What this node knows of an entry beside the marks in Redis, which may have been read before an invalidation of its own
 * took effect there: one that was queued, and has just been applied.
 */
function judgeHere({ fence }: Engine, { entry, marks }: Candidate, now: ClockReading): Verdict {
  // Epochs of another incarnation say nothing of these.
  if (now.incarnation === fence.incarnation) return fence.heard(marks, entry.epoch);
  return fence.isAnnounced(marks) ? "void" : "valid";
}

/** True when the definition takes the value for one of its own. */
function isOfSchema<Key, Value>({ schema }: Definition<Key, Value>, value: unknown): boolean {
  if (schema === undefined || value === null) return true;
  try {
    return schema.safeParse(value).success;
  } catch {
    return false;
  }
}

function find<Key, Value>(
  engine: Engine,
  definition: Definition<Key, Value>,
  candidate: Candidate | undefined,
  remote: MarksReading | null,
  now: ClockReading,
): Found | undefined {
  if (candidate === undefined) return undefined;
  const { fence, clock, redisTime } = engine;
  const { entry, marks, needsRemote } = candidate;
  const here = judgeHere(engine, candidate, now);
  const { verdict, checkedEpoch } = needsRemote
    ? judgeRemote(candidate, remote, now.epoch)
    : { verdict: fence.judge(marks, entry.epoch), checkedEpoch: Math.max(entry.epoch, fence.applied) };
  const freshUntilMs = redisTime.toLocal(entry.freshUntilMs);
  const usableUntilMs = redisTime.toLocal(entry.usableUntilMs);
  if (verdict === "void" || here === "void") return undefined;
  if (freshUntilMs === null || usableUntilMs === null || clock.now() >= usableUntilMs) return undefined;
  const json = candidate.json ?? openBodyNow(entry);
  const value = json === undefined ? undefined : parseJson(json);
  const expired = verdict === "expired" || here === "expired";
  if (json === undefined || value === undefined || (value === null && expired)) return undefined;
  if (!isOfSchema(definition, value)) return undefined;
  const { stamp, loadMs } = entry;
  return { stamp, loadMs, value: deepFreeze(value), json, marks, expired, freshUntilMs, usableUntilMs, checkedEpoch };
}

/**
 * Reads the entries of these keys from L2, judges them and calls `taken` once. Waits for Redis no longer than its budget.
 * Whatever goes wrong in between, or in `taken`, goes to `failed`.
 */
export function readStored<Key, Value>(
  engine: Engine,
  l2: L2,
  { group, definition, impliedMarks }: Plan<Key, Value>,
  jobs: readonly Job<Key>[],
  taken: (stored: Stored) => void,
  failed: (error: unknown) => void,
): void {
  const startedAtMs = engine.clock.now();
  const { generation } = engine.fence;
  const entryKeys = jobs.map(({ cacheKey }) => engine.keys.entry(group, definition.version, cacheKey));

  const open = (reading: L2Reading | null): Promise<void> | undefined => {
    const now = reading?.clock;
    if (reading === null || !now) {
      taken(nothing);
      return undefined;
    }
    const { texts } = reading;
    const candidates = jobs.map(({ cacheKey }, index) =>
      openCandidate(engine, texts[index], impliedMarks, cacheKey, now),
    );
    const judge = (remote: MarksReading | null): void => {
      // A generation that has ended meanwhile took along what was known of these marks.
      const isOver = engine.fence.generation !== generation;
      const found = candidates.map((candidate) =>
        isOver ? undefined : find(engine, definition, candidate, remote, now),
      );
      taken({ clock: now, found, seen: found.map((one, index) => one?.stamp ?? stampIn(texts[index])) });
    };
    let needsMore = false;
    for (const candidate of candidates) {
      if (candidate !== undefined && (candidate.needsRemote || isLarge(candidate.entry))) needsMore = true;
    }
    if (!needsMore) {
      judge(null);
      return undefined;
    }
    return completed(engine, l2, candidates, startedAtMs).then(judge);
  };

  l2.read(entryKeys, (reading) => {
    try {
      open(reading)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  });
}

/** Opens what is large and reads the marks that this node cannot speak of; null when Redis did not answer in time. */
async function completed(
  engine: Engine,
  l2: L2,
  candidates: readonly (Candidate | undefined)[],
  startedAtMs: number,
): Promise<MarksReading | null> {
  const names = new Set<string>();
  const opening: Promise<void>[] = [];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    if (candidate.needsRemote) for (const mark of candidate.marks) names.add(mark);
    if (isLarge(candidate.entry)) opening.push(openLarge(candidate));
  }
  const leftMs = engine.redisBudgetMs - (engine.clock.now() - startedAtMs);
  const asked = names.size === 0 ? null : l2.marksOf([...names], leftMs);
  await Promise.all(opening);
  return asked;
}

async function openLarge(candidate: Candidate): Promise<void> {
  candidate.json = await openBody(candidate.entry);
}
