import type { Definition } from "../contract/types";
import type { Verdict } from "../invalidation/fence";
import { deepFreeze } from "../memory/frozen";
import type { ClockReading } from "../redis/clock";
import { decodeEntry, isLarge, openBody, openBodyNow, parseJson, stampIn, type StoredEntry } from "../redis/entry";
import type { L2, L2Reading, MarksReading } from "../redis/l2";
import type { Plan } from "./definition";
import type { Engine } from "./engine";
import type { Job } from "./flight";

/** A servable entry of L2. Times are local monotonic ms. */
export type StoredValue = {
  readonly stamp: string;
  readonly loadMs: number;
  readonly value: unknown;
  readonly json: string;
  readonly marks: readonly string[];
  readonly expired: boolean;
  readonly freshUntilMs: number;
  readonly usableUntilMs: number;
  /** No invalidation up to this epoch voids it. */
  readonly checkedEpoch: number;
};

export type Stored = {
  /** At the instant when the entries were read; null when Redis did not respond or has no clock. */
  readonly clock: ClockReading | null;
  /** In the order of the keys; undefined where nothing may be served. */
  readonly found: readonly (StoredValue | undefined)[];
  /** Stamps of the stored entries, servable or not; empty for none, `*` for a text that is no entry. */
  readonly seen: readonly string[];
};

type Candidate = {
  readonly entry: StoredEntry;
  readonly marks: readonly string[];
  /** This node does not know everything that happened since the entry's epoch: the marks in Redis decide. */
  readonly needsRemote: boolean;
  /** Undefined before it is inflated, or when it is corrupt. */
  json: string | undefined;
};
type Judged = { readonly verdict: Verdict; readonly checkedEpoch: number };

const nothing: Stored = { clock: null, found: [], seen: [] };

/** The stored entry of a key, unless the clock alone rules it out. */
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
 * Judges by the marks in Redis, for entries that this node cannot judge alone. `epoch` is the clock from before the
 * marks were read: they vouch for the entry only up to there. The clock from after them may count invalidations that
 * they do not show; it is used to detect floors that rose above pruned marks.
 */
function judgeRemote({ entry, marks }: Candidate, reading: MarksReading | null, epoch: number): Judged {
  const clock = reading?.clock;
  if (reading === null || !clock || clock.incarnation !== entry.incarnation || entry.epoch < clock.purgeFloor) {
    return { verdict: "void", checkedEpoch: 0 };
  }
  const times = marks.map((name) => reading.marks.get(name));
  const purged = times.some((one) => one !== undefined && one.purged > entry.epoch);
  const expired =
    entry.epoch < clock.expireFloor || times.some((one) => one !== undefined && one.expired > entry.epoch);
  return { verdict: purged ? "void" : expired ? "expired" : "valid", checkedEpoch: epoch };
}

/**
 * What this node knows about an entry in addition to the marks in Redis. They may have been read before an invalidation of
 * this node took effect there: one that was queued and has just been applied.
 */
function judgeHere({ fence }: Engine, { entry, marks }: Candidate, now: ClockReading): Verdict {
  // Epochs of another incarnation cannot be compared with these.
  if (now.incarnation === fence.incarnation) return fence.judgeKnown(marks, entry.epoch);
  return fence.isAnnounced(marks) ? "void" : "valid";
}

/** True when the value passes the definition's schema. */
function passesSchema<Key, Value>({ schema }: Definition<Key, Value>, value: unknown): boolean {
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
): StoredValue | undefined {
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
  if (!passesSchema(definition, value)) return undefined;
  const { stamp, loadMs } = entry;
  return { stamp, loadMs, value: deepFreeze(value), json, marks, expired, freshUntilMs, usableUntilMs, checkedEpoch };
}

/**
 * Reads the entries of these keys from L2, judges them and calls `onStored` once, with what is left of the budget for Redis
 * in ms. Waits for Redis within it. Any error on the way, or in `onStored`, goes to `onError`.
 */
export function readStored<Key, Value>(
  engine: Engine,
  l2: L2,
  { group, definition, impliedMarks }: Plan<Key, Value>,
  jobs: readonly Job<Key>[],
  onStored: (stored: Stored, leftMs: number) => void,
  onError: (error: unknown) => void,
): void {
  let startedAtMs = engine.clock.now();
  const leftMs = (): number => engine.redisBudgetMs - (engine.clock.now() - startedAtMs);
  const { generation } = engine.fence;
  const entryKeys = jobs.map(({ cacheKey }) => engine.keys.entry(group, definition.version, cacheKey));

  const open = (reading: L2Reading | null): Promise<void> | undefined => {
    const now = reading?.clock;
    if (reading === null || !now) {
      onStored(nothing, leftMs());
      return undefined;
    }
    const { texts } = reading;
    const candidates = jobs.map(({ cacheKey }, index) =>
      openCandidate(engine, texts[index], impliedMarks, cacheKey, now),
    );
    const judge = (remote: MarksReading | null): void => {
      // If the generation has ended meanwhile, what was known about these marks is gone.
      const isOver = engine.fence.generation !== generation;
      const found = candidates.map((candidate) =>
        isOver ? undefined : find(engine, definition, candidate, remote, now),
      );
      onStored({ clock: now, found, seen: found.map((one, index) => one?.stamp ?? stampIn(texts[index])) }, leftMs());
    };
    let needsMore = false;
    for (const candidate of candidates) {
      if (candidate !== undefined && (candidate.needsRemote || isLarge(candidate.entry))) needsMore = true;
    }
    if (!needsMore) {
      judge(null);
      return undefined;
    }
    return complete(l2, candidates, leftMs()).then(judge);
  };

  l2.read(entryKeys, (reading) => {
    engine.turns.soon(jobs.length, (putOffMs) => {
      startedAtMs += putOffMs;
      try {
        open(reading)?.catch(onError);
      } catch (error) {
        onError(error);
      }
    });
  });
}

/** Inflates large bodies and reads the marks that this node needs from Redis; null when Redis did not respond in time. */
async function complete(
  l2: L2,
  candidates: readonly (Candidate | undefined)[],
  leftMs: number,
): Promise<MarksReading | null> {
  const names = new Set<string>();
  const opening: Promise<void>[] = [];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    if (candidate.needsRemote) for (const mark of candidate.marks) names.add(mark);
    if (isLarge(candidate.entry)) opening.push(openLarge(candidate));
  }
  const asked = names.size === 0 ? null : l2.marksOf([...names], leftMs);
  await Promise.all(opening);
  return asked;
}

async function openLarge(candidate: Candidate): Promise<void> {
  candidate.json = await openBody(candidate.entry);
}
