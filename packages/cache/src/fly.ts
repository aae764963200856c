import type { ClockReading } from "./clock";
import { withoutOwnDeadline } from "./deadline";
import type { Engine } from "./engine";
import { fail, type Job } from "./flight";
import { giveBack, landLoaded, landStored, mayStore } from "./landing";
import type { Claim, ClaimAnswer } from "./lease";
import { loadKeys } from "./load";
import { restAfter } from "./rest";
import type { Plan } from "./plan";
import { readStored, type Stored } from "./stored";

/** Said to a refresh that there is nothing for it to do: another node is at it, or the last load failed a moment ago. */
export class RefreshElsewhere extends Error {
  override readonly name = "RefreshElsewhere";
}

/** What several keys have in common on their way. */
type Trip<Key> = {
  readonly jobs: readonly Job<Key>[];
  /** A refresh, for which nobody waits, unless somebody joins it. */
  readonly background: boolean;
  /** When it began to wait for other nodes; null before that. In ms of `performance.now()`, as `waitUntilMs`. */
  readonly waitingSinceMs: number | null;
  /** As it was read last; null before that. */
  readonly clock: ClockReading | null;
};

const shortestPauseMs = 4;
const longestPauseMs = 50;

/**
 * How long until the lease is asked for once more. A quarter of the time that was waited so far: whoever waits learns of
 * what another has loaded at most a quarter later, with about thirty questions in the first second, which go out together
 * with those for other keys.
 */
const pauseAfter = (waitedMs: number): number => Math.min(longestPauseMs, Math.max(shortestPauseMs, waitedMs / 4));

/**
 * Asks L2 for all jobs together, claims the leases of what it lacks, loads what was granted, waits for what others load,
 * and lands or fails every flight. What was granted is on its way before anything is waited for, so callers with crossed
 * keys do not wait for each other. Knows no caller's deadline but to stop waiting for other nodes.
 */
export function fly<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  jobs: readonly Job<Key>[],
  options: Pick<Trip<Key>, "background">,
): void {
  const { l2, leases, clock: monotonic } = engine;

  function failAll(failed: readonly Job<Key>[], error: unknown): void {
    // Flights that have landed by now do not hear of it.
    for (const job of failed) {
      giveBack(engine, job, 0);
      fail(job.flight, error);
    }
  }

  /** Does what comes next for these jobs, and fails them when it throws, as a definition's `tags` may. */
  function contained(trip: Trip<Key>, next: () => void): void {
    try {
      next();
    } catch (error) {
      failAll(trip.jobs, error);
    }
  }

  function ask(trip: Trip<Key>): void {
    if (l2 === null) {
      load(trip, trip.jobs);
      return;
    }
    const askedAtMs = monotonic.now();
    const taken = (stored: Stored): void => take(trip, stored, askedAtMs);
    readStored(engine, l2, plan, trip.jobs, taken, (error) => failAll(trip.jobs, error));
  }

  function take(trip: Trip<Key>, { clock, found, seen }: Stored, askedAtMs: number): void {
    const from = trip.waitingSinceMs === null ? "l2" : "fleet";
    const missing = trip.jobs.filter((job, index) => {
      job.seen = seen[index] ?? "";
      const entry = found[index];
      return entry === undefined || !landStored(engine, job, clock, entry, from);
    });
    if (missing.length === 0) return;
    const leftMs = engine.redisBudgetMs - (monotonic.now() - askedAtMs);
    const next = { ...trip, jobs: missing, clock: clock ?? trip.clock };
    if (clock !== null && engine.usesLeases && leftMs > 0) claim(next, clock, leftMs);
    else if (mayWait(trip)) wait(next);
    else load(next, missing);
  }

  function claim(trip: Trip<Key>, clock: ClockReading, withinMs: number): void {
    // A promise, for what follows must run in the name of whoever asked.
    const claimed = new Promise<ReadonlyMap<Job<Key>, ClaimAnswer | null>>((resolve) => {
      const answers = new Map<Job<Key>, ClaimAnswer | null>();
      for (const job of trip.jobs) {
        leases.claim(claimOf(trip, job, clock), withinMs, (answer) => {
          answers.set(job, answer);
          if (answers.size === trip.jobs.length) resolve(answers);
        });
      }
    });
    void claimed.then((answers) => contained(trip, () => follow(trip, answers)));
  }

  /** Whoever waits for another node can bear a question without an answer, but not a Redis that is away. */
  function mayWait({ waitingSinceMs, clock }: Trip<Key>): boolean {
    return waitingSinceMs !== null && clock !== null && engine.isSharing();
  }

  function claimOf(trip: Trip<Key>, job: Job<Key>, clock: ClockReading): Claim {
    const { flight, cacheKey, key, seen } = job;
    if (job.token === "") job.token = leases.nextToken();
    return {
      entry: engine.keys.entry(plan.group, plan.definition.version, cacheKey),
      token: job.token,
      incarnation: clock.incarnation,
      epoch: epochSeen(job, clock),
      sinceEpoch: engine.fence.purgedAt(plan.certainMarks(key, cacheKey)),
      seen,
      background: trip.background && !flight.isJoined,
    };
  }

  /** The latest invalidation that a load which begins now is known to see. */
  function epochSeen({ flight }: Job<Key>, clock: ClockReading): number {
    return mayStore(engine, flight, clock) ? Math.max(clock.epoch, engine.fence.known) : flight.epoch;
  }

  function follow(trip: Trip<Key>, answers: ReadonlyMap<Job<Key>, ClaimAnswer | null>): void {
    const granted: Job<Key>[] = [];
    const filled: Job<Key>[] = [];
    const held: Job<Key>[] = [];
    for (const [job, answer] of answers) {
      if (answer === null) (mayWait(trip) ? held : granted).push(job);
      else if (typeof answer === "object") {
        job.standing = { lease: answer };
        granted.push(job);
      } else if (answer === "filled") filled.push(job);
      else if (answer === "held") held.push(job);
      else if (job.flight.isJoined) held.push(job);
      else fail(job.flight, new RefreshElsewhere());
    }
    if (granted.length > 0) load(trip, granted);
    const waitingSinceMs = trip.waitingSinceMs ?? performance.now();
    if (filled.length > 0) ask({ ...trip, jobs: filled, waitingSinceMs });
    if (held.length > 0) wait({ ...trip, jobs: held, waitingSinceMs });
  }

  function wait(trip: Trip<Key>): void {
    const nowMs = performance.now();
    const { clock, waitingSinceMs } = trip;
    const isOver = ({ flight }: Job<Key>): boolean => nowMs >= flight.waitUntilMs || engine.closing.aborted;
    const patient = trip.jobs.filter((job) => !isOver(job));
    const guests = trip.jobs.filter((job) => {
      if (!isOver(job)) return false;
      job.standing = "guest";
      if (!trip.background || job.flight.isJoined) return true;
      fail(job.flight, new RefreshElsewhere());
      return false;
    });
    if (guests.length > 0) load(trip, guests);
    if (patient.length === 0 || clock === null) return;
    const untilMs = Math.min(...patient.map(({ flight }) => flight.waitUntilMs));
    const pauseMs = Math.min(pauseAfter(nowMs - (waitingSinceMs ?? nowMs)), untilMs - nowMs);
    const again = { ...trip, jobs: patient };
    setTimeout(() => contained(again, () => claim(again, clock, engine.redisBudgetMs)), pauseMs);
  }

  function load({ clock, background }: Trip<Key>, wanted: readonly Job<Key>[]): void {
    for (const job of wanted) {
      if (job.token === "") job.token = leases.nextToken();
      // The epoch must be one from before the load, which may or may not have seen what a later invalidation speaks of.
      if (clock !== null) job.flight.epoch = epochSeen(job, clock);
    }
    withoutOwnDeadline(engine.longestFlightMs, () =>
      loadKeys(plan, wanted, { closing: engine.closing, background }, (job, result) => {
        try {
          if (result.ok) landLoaded(engine, plan, job, clock, result.loaded, result.loadMs);
          else {
            giveBack(engine, job, restAfter(engine, job.failures));
            fail(job.flight, result.error);
          }
        } catch (error) {
          failAll([job], error);
        }
      }),
    );
  }

  ask({ jobs, background: options.background, waitingSinceMs: null, clock: null });
}
