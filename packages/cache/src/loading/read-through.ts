import { currentScope, runInScope } from "@weir/core/scope";
import type { L1Entry } from "../memory/l1";
import type { ClockReading } from "../redis/clock";
import { encodeEntry, packBody } from "../redis/entry";
import type { Claim, ClaimResult } from "../redis/leases";
import type { Plan } from "./definition";
import type { Engine } from "./engine";
import { type Flight, type FlightResult, type Job, LoadRefused, rejectFlight, resolveFlight } from "./flight";
import { type Loaded, loadKeys } from "./load";
import { familiesOf, publishFill } from "./outcomes";
import { backoffAfter, earlyFrom, isDueEarly } from "./refresh";
import { readStored, type Stored, type StoredValue } from "./stored";

/** Rejects a refresh that has nothing to do: another node is refreshing the key, or its last load failed moments ago. */
export class RefreshElsewhere extends Error {
  override readonly name = "RefreshElsewhere";
}

/** What several keys share on their way through the tiers. */
type Step<Key> = {
  readonly jobs: readonly Job<Key>[];
  /** A refresh: no reader waits for it, unless one joins. */
  readonly background: boolean;
  /** When it began to wait for other nodes; null before that. In ms of `performance.now()`, as `waitUntilMs`. */
  readonly waitingSinceMs: number | null;
  /** The last reading; null before the first. */
  readonly clock: ClockReading | null;
};

const minPauseMs = 4;
const maxPauseMs = 50;

/**
 * The pause before the lease is claimed again: a quarter of the time waited so far. A waiter thus learns of another node's
 * result at most a quarter later, with about thirty claims in the first second, which share commands with those of other keys.
 */
const pauseAfter = (waitedMs: number): number => Math.min(maxPauseMs, Math.max(minPauseMs, waitedMs / 4));

/**
 * Reads all jobs from L2 together, claims the leases of what is missing, loads what was granted, waits for what others
 * load, and ends every flight. Granted keys are loading before anything is waited for, so callers with crossed keys never
 * wait for each other. No caller's deadline applies, except to stop waiting for other nodes.
 */
export function readThrough<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  jobs: readonly Job<Key>[],
  options: Pick<Step<Key>, "background">,
): void {
  const { l2, leases, turns } = engine;

  function rejectAll(rejected: readonly Job<Key>[], error: unknown): void {
    // Flights that have ended ignore it.
    for (const job of rejected) {
      releaseLease(engine, job, 0);
      rejectFlight(job.flight, error);
    }
  }

  /** Runs the next step and rejects its jobs when it throws, as a definition's `tags` may. */
  function guarded(step: Step<Key>, next: () => void): void {
    try {
      next();
    } catch (error) {
      rejectAll(step.jobs, error);
    }
  }

  function readL2(step: Step<Key>): void {
    if (l2 === null) {
      if (isAdmitted(step, step.jobs)) load(step, step.jobs);
      return;
    }
    const onStored = (stored: Stored, leftMs: number): void => useStored(step, stored, leftMs);
    readStored(engine, l2, plan, step.jobs, onStored, (error) => rejectAll(step.jobs, error));
  }

  function useStored(step: Step<Key>, { clock, found, seen }: Stored, leftMs: number): void {
    const from = step.waitingSinceMs === null ? "l2" : "fleet";
    const missing = step.jobs.filter((job, index) => {
      job.seen = seen[index] ?? "";
      const entry = found[index];
      return entry === undefined || !resolveStored(engine, job, clock, entry, from);
    });
    if (missing.length === 0 || !isAdmitted(step, missing)) return;
    const next = { ...step, jobs: missing, clock: clock ?? step.clock };
    if (clock !== null && engine.usesLeases && leftMs > 0) claim(next, clock, leftMs);
    else if (mayWait(step)) wait(next);
    else load(next, missing);
  }

  /** False if the reader is not permitted to load these keys; their flights have then ended. Called once per flight. */
  function isAdmitted({ background, waitingSinceMs }: Step<Key>, missing: readonly Job<Key>[]): boolean {
    if (background || waitingSinceMs !== null) return true;
    const refusal = engine.admitLoads?.(missing.length) ?? null;
    if (refusal !== null) rejectAll(missing, new LoadRefused(refusal));
    return refusal === null;
  }

  function claim(step: Step<Key>, clock: ClockReading, timeoutMs: number): void {
    // A promise, so that the next step runs in the caller's async context.
    const claimed = new Promise<ReadonlyMap<Job<Key>, ClaimResult | null>>((resolve) => {
      const results = new Map<Job<Key>, ClaimResult | null>();
      for (const job of step.jobs) {
        leases.claim(claimOf(step, job, clock), timeoutMs, (result) => {
          results.set(job, result);
          if (results.size === step.jobs.length) resolve(results);
        });
      }
    });
    void claimed.then((results) => turns.soon(results.size, () => guarded(step, () => useClaims(step, results))));
  }

  /** A flight that waits for another node tolerates a claim without a reply, but not a Redis that is away. */
  function mayWait({ waitingSinceMs, clock }: Step<Key>): boolean {
    return waitingSinceMs !== null && clock !== null && engine.isSharing();
  }

  function claimOf(step: Step<Key>, job: Job<Key>, clock: ClockReading): Claim {
    const { flight, cacheKey, key, seen } = job;
    if (job.token === "") job.token = leases.nextToken();
    return {
      entry: engine.keys.entry(plan.group, plan.definition.version, cacheKey),
      token: job.token,
      incarnation: clock.incarnation,
      epoch: epochSeen(job, clock),
      minEpoch: engine.fence.purgedAt(plan.knownMarks(key, cacheKey)),
      seen,
      background: step.background && !flight.isJoined,
    };
  }

  /** The latest invalidation that a load which begins now is known to see. */
  function epochSeen({ flight }: Job<Key>, clock: ClockReading): number {
    return mayStore(engine, flight, clock) ? Math.max(clock.epoch, engine.fence.known) : flight.epoch;
  }

  function useClaims(step: Step<Key>, results: ReadonlyMap<Job<Key>, ClaimResult | null>): void {
    const granted: Job<Key>[] = [];
    const filled: Job<Key>[] = [];
    const held: Job<Key>[] = [];
    for (const [job, result] of results) {
      if (result === null) (mayWait(step) ? held : granted).push(job);
      else if (typeof result === "object") {
        job.permit = { lease: result };
        granted.push(job);
      } else if (result === "filled") filled.push(job);
      else if (result === "held") held.push(job);
      else if (job.flight.isJoined) held.push(job);
      else rejectFlight(job.flight, new RefreshElsewhere());
    }
    if (granted.length > 0) load(step, granted);
    const waitingSinceMs = step.waitingSinceMs ?? performance.now();
    if (filled.length > 0) readL2({ ...step, jobs: filled, waitingSinceMs });
    if (held.length > 0) wait({ ...step, jobs: held, waitingSinceMs });
  }

  function wait(step: Step<Key>): void {
    const nowMs = performance.now();
    const { clock, waitingSinceMs } = step;
    const isOver = ({ flight }: Job<Key>): boolean => nowMs >= flight.waitUntilMs || engine.closing.aborted;
    const waiting = step.jobs.filter((job) => !isOver(job));
    const unstored = step.jobs.filter((job) => {
      if (!isOver(job)) return false;
      job.permit = "none";
      if (!step.background || job.flight.isJoined) return true;
      rejectFlight(job.flight, new RefreshElsewhere());
      return false;
    });
    if (unstored.length > 0) load(step, unstored);
    if (waiting.length === 0 || clock === null) return;
    const untilMs = Math.min(...waiting.map(({ flight }) => flight.waitUntilMs));
    const pauseMs = Math.min(pauseAfter(nowMs - (waitingSinceMs ?? nowMs)), untilMs - nowMs);
    const again = { ...step, jobs: waiting };
    setTimeout(() => guarded(again, () => claim(again, clock, engine.redisBudgetMs)), pauseMs);
  }

  function load({ clock, background }: Step<Key>, wanted: readonly Job<Key>[]): void {
    for (const job of wanted) {
      if (job.token === "") job.token = leases.nextToken();
      // The epoch must be from before the load, which may or may not see what a later invalidation is about.
      if (clock !== null) job.flight.epoch = epochSeen(job, clock);
    }
    withFlightDeadline(engine.maxFlightMs, () =>
      loadKeys(plan, wanted, { closing: engine.closing, background, turns }, (job, result) => {
        try {
          if (result.ok) resolveLoaded(engine, plan, job, clock, result.loaded, result.loadMs);
          else {
            releaseLease(engine, job, backoffAfter(engine, job.failures));
            rejectFlight(job.flight, result.error);
          }
        } catch (error) {
          rejectAll([job], error);
        }
      }),
    );
  }

  readL2({ jobs, background: options.background, waitingSinceMs: null, clock: null });
}

/**
 * Runs a load that other readers may wait for in a scope of its own: in the name of the reader that began it, but not under
 * its deadline, so that a reader with little time left does not fail readers with more. After `maxFlightMs` the flight is
 * no longer joined, and the load may time out.
 */
function withFlightDeadline<Result>(maxFlightMs: number, load: () => Result): Result {
  const scope = currentScope();
  if (scope === undefined) return load();
  return runInScope({ ...scope, deadlineAtMs: performance.now() + maxFlightMs, batch: null }, load);
}

/** Returns false when the flight's result belongs to a past that this node has left, or to a state it has not reached. */
function mayStore({ fence }: Engine, flight: Flight, clock: ClockReading | null): boolean {
  if (fence.incarnation === null || flight.generation !== fence.generation) return false;
  return clock === null || clock.incarnation === fence.incarnation;
}

/**
 * Ends a flight with an entry of L2. Returns false, and does nothing, when the entry is the one that the job replaces, or no
 * better. `from`: whether the flight had to wait until another node had loaded it.
 */
function resolveStored<Key>(
  engine: Engine,
  { flight, replaces }: Job<Key>,
  clock: ClockReading | null,
  found: StoredValue,
  from: "l2" | "fleet",
): boolean {
  const { stamp, loadMs, value, json, marks, expired, freshUntilMs, usableUntilMs, checkedEpoch } = found;
  const nowMs = engine.clock.now();
  const stale = expired || nowMs >= freshUntilMs;
  if (replaces !== null && (stale || stamp === replaces)) return false;
  if (mayStore(engine, flight, clock) && engine.fence.judge(marks, checkedEpoch) !== "void") {
    storeInL1(engine, flight, () => json, {
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
  resolveFlight(flight, { value, from, stale, isDue, stamp, marks, epoch: checkedEpoch, loadMs: null });
  return true;
}

/**
 * Ends a flight with a loaded value, and stores the value in both tiers unless something that touches it was invalidated
 * meanwhile.
 */
function resolveLoaded<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  job: Job<Key>,
  clock: ClockReading | null,
  loaded: Loaded,
  loadMs: number,
): void {
  const { value } = loaded;
  const { key, flight, token: stamp, permit } = job;
  // The value is the definition's own type as JSON represents it, which is what every reader receives.
  const tagMarks = plan.tagMarks(key, value as Value | null);
  const marks = [...plan.impliedMarks(job.cacheKey), ...tagMarks];
  const verdict = engine.fence.judge(marks, flight.epoch);
  const freshMs = value === null ? plan.negativeMs : plan.freshMs * (0.9 + 0.2 * engine.random());
  const isUsable = verdict === "valid" || (verdict === "expired" && value !== null);
  const { epoch } = flight;
  const result: FlightResult = { value, from: "load", stale: false, isDue: false, stamp, marks, epoch, loadMs };
  if (freshMs === null || !isUsable || permit === "none" || !mayStore(engine, flight, clock)) {
    const isStale = !isUsable || flight.generation !== engine.fence.generation;
    publishFill(plan.group, 0, isStale ? "stale" : "unwanted");
    // An absence that is not cached must not leave the old value cached.
    if (freshMs === null) forget(engine, job);
    else releaseLease(engine, job, 0);
    resolveFlight(flight, result);
    return;
  }
  const freshUntilMs = engine.clock.now() + freshMs;
  const usableUntilMs = freshUntilMs + (value === null ? 0 : plan.staleMs);
  // A process that was paused for longer than its lease may no longer be the only one that loads the key.
  const holds = permit === "unleased" || engine.leases.holds(permit.lease);
  if (holds) {
    const expired = verdict === "expired";
    const { json } = loaded;
    storeInL1(engine, flight, json, {
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
  const isTaken = storeInL2(engine, plan, job, clock, tagMarks, loaded.json, { freshUntilMs, usableUntilMs, loadMs });
  const isStored = holds && (engine.l1.enabled || isTaken);
  publishFill(plan.group, isStored ? loaded.json().length : 0, isStored ? null : "unwanted");
  resolveFlight(flight, result);
}

/** Ends the lease of a load that has found nothing, and removes what it would have replaced. */
function forget<Key>({ l1, leases }: Engine, { flight, permit, seen }: Job<Key>): void {
  l1.remove(flight.id);
  if (typeof permit === "object") leases.end(permit.lease, seen === "" ? { backoffMs: 0 } : "vanished");
}

/** Ends the lease of a load that has nothing to store. `backoffMs` keeps background loads from trying again. */
function releaseLease<Key>({ leases }: Engine, { permit }: Job<Key>, backoffMs: number): void {
  if (typeof permit === "object") leases.end(permit.lease, { backoffMs });
}

/** Rough memory of an L1 entry beside its text: a small record was measured at 830 bytes of heap, a list of fifty at 7300. */
const overheadBytes = 512;

type Storable = Pick<
  L1Entry,
  "stamp" | "loadMs" | "value" | "marks" | "freshUntilMs" | "usableUntilMs" | "expired" | "checkedEpoch"
>;

function storeInL1({ l1 }: Engine, { id, generation }: Flight, json: () => string, entry: Storable): void {
  if (!l1.enabled) return;
  let sizeBytes = overheadBytes + 2 * json().length;
  for (const mark of entry.marks) sizeBytes += 2 * mark.length;
  const { stamp, loadMs, value, marks, freshUntilMs, usableUntilMs, expired, checkedEpoch } = entry;
  // Written out, not spread: reading an object that was created by a spread is several times slower.
  l1.store({
    id,
    value,
    generation,
    usableUntilMs,
    // No sequence is negative: the first read checks once more.
    checkedSequence: -1,
    expired,
    freshUntilMs,
    earlyFromMs: earlyFrom(entry),
    refreshAfterMs: Number.NEGATIVE_INFINITY,
    marks,
    families: familiesOf(marks),
    checkedEpoch,
    stamp,
    loadMs,
    failures: 0,
    sizeBytes,
    uses: 0,
    home: null,
    older: null,
    newer: null,
  });
}

/** Returns false when the value will not reach Redis, as far as that is known at once. */
function storeInL2<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  job: Job<Key>,
  clock: ClockReading | null,
  marks: readonly string[],
  json: () => string,
  times: { freshUntilMs: number; usableUntilMs: number; loadMs: number },
): boolean {
  const { l2, leases, redisTime } = engine;
  const { token: stamp, permit, flight } = job;
  const freshUntilMs = redisTime.fromLocal(times.freshUntilMs);
  const usableUntilMs = redisTime.fromLocal(times.usableUntilMs);
  if (l2 === null || clock === null || freshUntilMs === null || usableUntilMs === null) {
    releaseLease(engine, job, 0);
    return false;
  }
  let isTaken = true;
  const { incarnation } = clock;
  const { epoch } = flight;
  const rounded = {
    freshUntilMs: Math.floor(freshUntilMs),
    usableUntilMs: Math.floor(usableUntilMs),
    loadMs: Math.round(times.loadMs),
  };
  packBody(json(), engine.maxPlainLength, (body) => {
    const text = encodeEntry({ stamp, incarnation, epoch, ...rounded, marks, ...body });
    const lifetimeMs = times.usableUntilMs - engine.clock.now();
    if (typeof permit === "object") {
      isTaken = leases.end(permit.lease, lifetimeMs < 1 ? { backoffMs: 0 } : { text, lifetimeMs });
    } else if (lifetimeMs >= 1) {
      const entry = engine.keys.entry(plan.group, plan.definition.version, job.cacheKey);
      isTaken = leases.store(entry, engine.usesLeases ? stamp : "", text, lifetimeMs);
    }
  });
  return isTaken;
}
