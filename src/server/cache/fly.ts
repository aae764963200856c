import type { ClockReading } from "./clock";
import { withoutOwnDeadline } from "./deadline";
import type { Engine } from "./engine";
import { fail, type Job } from "./flight";
import { landLoaded, landStored, mayStore } from "./landing";
import { loadKeys } from "./load";
import type { Plan } from "./plan";
import { readStored, type Stored } from "./stored";

export type FlyOptions = {
  /** A refresh takes nothing stale from L2: it is there to replace it. */
  refresh: boolean;
};

const nothingStored: Stored = { clock: null, found: [] };

/**
 * Asks L2 for all jobs together, loads what it lacks, and lands or fails every flight. Knows no caller's deadline: how
 * long somebody waits for a flight is for each to say, before it flies.
 */
export function fly<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  jobs: readonly Job<Key>[],
  { refresh }: FlyOptions,
): void {
  const failAll = (error: unknown): void => {
    // Flights that have landed by now do not hear of it.
    for (const { flight } of jobs) fail(flight, error);
  };
  const go = ({ clock, found }: Stored): void => {
    try {
      const missing = jobs.filter(({ flight }, index) => {
        const entry = found[index];
        return entry === undefined || !landStored(engine, flight, clock, entry, refresh);
      });
      if (missing.length > 0) load(engine, plan, missing, clock, refresh);
    } catch (error) {
      failAll(error);
    }
  };
  if (engine.l2 === null) go(nothingStored);
  else readStored(engine, engine.l2, plan, jobs).then(go, failAll);
}

function load<Key, Value>(
  engine: Engine,
  plan: Plan<Key, Value>,
  jobs: readonly Job<Key>[],
  clock: ClockReading | null,
  background: boolean,
): void {
  // The epoch must be one from before the load, which may or may not have seen what a later invalidation speaks of.
  for (const { flight } of jobs) if (clock !== null && mayStore(engine, flight, clock)) flight.epoch = clock.epoch;
  withoutOwnDeadline(engine.longestFlightMs, () =>
    loadKeys(plan, jobs, { closing: engine.closing, background }, (job, result) => {
      try {
        if (result.ok) landLoaded(engine, plan, job, clock, result.loaded, result.loadMs);
        else fail(job.flight, result.error);
      } catch (error) {
        // The definition's tags() threw.
        fail(job.flight, error);
      }
    }),
  );
}
