import type { ClockReading } from "./clock";
import type { Engine } from "./engine";
import { packBody } from "./body";
import { encodeEntry } from "./entry";
import { type Flight, type Job, land, type Landed } from "./flight";
import type { L1Entry } from "./l1";
import type { Loaded } from "./load";
import { publishFill } from "./outcome";
import type { Plan } from "./plan";
import { earlyFrom, isDueEarly } from "./early-refresh";
import type { Found } from "./stored";
import { familiesOf } from "./tag-families";

/** Bytes an L1 entry takes beside its text, roughly: a small city was seen to take 830 on the heap, a list of fifty 7300. */
const overheadBytes = 512;

type Kept = Pick<
  L1Entry,
  "stamp" | "loadMs" | "value" | "marks" | "freshUntilMs" | "usableUntilMs" | "expired" | "checkedEpoch"
>;

function keep({ l1 }: Engine, { id, generation }: Flight, json: () => string, kept: Kept): void {
  if (!l1.enabled) return;
  let sizeBytes = overheadBytes + 2 * json().length;
  for (const mark of kept.marks) sizeBytes += 2 * mark.length;
  const { stamp, loadMs, value, marks, freshUntilMs, usableUntilMs, expired, checkedEpoch } = kept;
  // Written out, not spread: an object that was spread is read several times more slowly.
  l1.store(id, {
    value,
    generation,
    usableUntilMs,
    // No sequence is below zero: the first read checks once more.
    checkedSequence: -1,
    expired,
    freshUntilMs,
    earlyFromMs: earlyFrom(kept),
    refreshAfterMs: Number.NEGATIVE_INFINITY,
    marks,
    families: familiesOf(marks),
    checkedEpoch,
    stamp,
    loadMs,
    failures: 0,
    sizeBytes,
  });
}

/** False when what this flight brings belongs to a past that this node has left behind, or has not reached yet. */
export function mayStore({ fence }: Engine, flight: Flight, clock: ClockReading | null): boolean {
  if (fence.incarnation === null || flight.generation !== fence.generation) return false;
  return clock === null || clock.incarnation === fence.incarnation;
}

/**
 * Shares an entry of L2. False, and nothing done, when it is what the caller is there to replace, or no better.
 * `from` says whether this flight had to wait until another node had loaded it.
 */
export function landStored<Key>(
  engine: Engine,
  { flight, replaces }: Job<Key>,
  clock: ClockReading | null,
  found: Found,
  from: "l2" | "fleet",
): boolean {
  const { stamp, loadMs, value, json, marks, expired, freshUntilMs, usableUntilMs, checkedEpoch } = found;
  const nowMs = engine.clock.now();
  const stale = expired || nowMs >= freshUntilMs;
  if (replaces !== null && (stale || stamp === replaces)) return false;
  if (mayStore(engine, flight, clock) && engine.fence.judge(marks, checkedEpoch) !== "void") {
    keep(engine, flight, () => json, {
      stamp,
      loadMs,
      value,
      marks,
      freshUntilMs,
      usableUntilMs,
      expired,
      checkedEpoch,
    });
  }
  const isDue = stale || isDueEarly({ value, loadMs, freshUntilMs }, nowMs, engine.random);
  land(flight, { value, from, stale, isDue, stamp, marks, epoch: checkedEpoch, loadMs: null });
  return true;
}

/** Ends the lease of a load that brought nothing to store. `restMs` keeps the background from trying again. */
export function giveBack<Key>({ leases }: Engine, { standing }: Job<Key>, restMs: number): void {
  if (typeof standing === "object") leases.end(standing.lease, { restMs });
}

/** Shares what was loaded, and stores it in both tiers unless something that touches it was invalidated meanwhile. */
export function landLoaded<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  job: Job<Key>,
  clock: ClockReading | null,
  loaded: Loaded,
  loadMs: number,
): void {
  const { value } = loaded;
  const { key, flight, token: stamp, standing } = job;
  // The value is what JSON made of the definition's own type, which is what every reader gets.
  const tagMarks = plan.tagMarks(key, value as Value | null);
  const marks = [...plan.impliedMarks(job.cacheKey), ...tagMarks];
  const verdict = engine.fence.judge(marks, flight.epoch);
  const freshMs = value === null ? plan.negativeMs : plan.freshMs * (0.9 + 0.2 * engine.random());
  const worthKeeping = verdict === "valid" || (verdict === "expired" && value !== null);
  const { epoch } = flight;
  const landed: Landed = { value, from: "load", stale: false, isDue: false, stamp, marks, epoch, loadMs };
  if (freshMs === null || !worthKeeping || standing === "guest" || !mayStore(engine, flight, clock)) {
    const isStale = !worthKeeping || flight.generation !== engine.fence.generation;
    publishFill(plan.group, 0, isStale ? "stale" : "unwanted");
    giveBack(engine, job, 0);
    land(flight, landed);
    return;
  }
  const freshUntilMs = engine.clock.now() + freshMs;
  const usableUntilMs = freshUntilMs + (value === null ? 0 : plan.staleMs);
  // A process that was paused for longer than its lease is no longer the only one that loads this.
  const holds = standing === "alone" || engine.leases.holds(standing.lease);
  if (holds) {
    const expired = verdict === "expired";
    const { json } = loaded;
    keep(engine, flight, json, {
      stamp,
      loadMs,
      value,
      marks,
      freshUntilMs,
      usableUntilMs,
      expired,
      checkedEpoch: epoch,
    });
  }
  fill(engine, plan, job, clock, tagMarks, loaded.json, { freshUntilMs, usableUntilMs, loadMs });
  const isKept = holds && (engine.l1.enabled || engine.l2 !== null);
  publishFill(plan.group, isKept ? loaded.json().length : 0, isKept ? null : "unwanted");
  land(flight, landed);
}

function fill<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  job: Job<Key>,
  clock: ClockReading | null,
  marks: readonly string[],
  json: () => string,
  times: { freshUntilMs: number; usableUntilMs: number; loadMs: number },
): void {
  const { l2, leases, redisTime } = engine;
  const { token: stamp, standing, flight } = job;
  const freshUntilMs = redisTime.fromLocal(times.freshUntilMs);
  const usableUntilMs = redisTime.fromLocal(times.usableUntilMs);
  if (l2 === null || clock === null || freshUntilMs === null || usableUntilMs === null) {
    giveBack(engine, job, 0);
    return;
  }
  const { incarnation } = clock;
  const { epoch } = flight;
  const rounded = {
    freshUntilMs: Math.floor(freshUntilMs),
    usableUntilMs: Math.floor(usableUntilMs),
    loadMs: Math.round(times.loadMs),
  };
  packBody(json(), engine.plainLetters, (body) => {
    const text = encodeEntry({ stamp, incarnation, epoch, ...rounded, marks, ...body });
    const lifetimeMs = times.usableUntilMs - engine.clock.now();
    if (typeof standing === "object") {
      leases.end(standing.lease, lifetimeMs < 1 ? { restMs: 0 } : { text, lifetimeMs });
    } else if (lifetimeMs >= 1) {
      const entry = engine.keys.entry(plan.group, plan.definition.version, job.cacheKey);
      leases.store(entry, engine.usesLeases ? stamp : "", text, lifetimeMs);
    }
  });
}
