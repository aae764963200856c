import type { Deadlines } from "@weir/core/deadlines";
import { currentScope } from "@weir/core/scope";
import { CacheError } from "../contract/errors";
import type { Fence } from "../invalidation/fence";
import type { Lease } from "../redis/leases";

/** One read of a key beyond L1, shared by all readers that ask for the key while it runs. */
export type Flight = {
  readonly id: string;
  readonly startedAtMs: number;
  /** The fence's sequence and generation when it began. */
  readonly sequence: number;
  readonly generation: number;
  /** Its load sees what was invalidated up to this epoch; raised once the clock has been read. */
  epoch: number;
  /** In ms of `performance.now()`: when it stops waiting for another node's load. */
  waitUntilMs: number;
  /** A reader other than its leader waits for it too. */
  isJoined: boolean;
  /** Called once each when the flight ends, outside any request. A waiter that is added later is not called. */
  waiters: Waiter[];
};

type Waiter = { readonly resolve: (result: FlightResult) => void; readonly reject: (error: unknown) => void };

export type FlightResult = {
  /** As callers receive it: frozen, null for "does not exist". */
  readonly value: unknown;
  /** `fleet`: another node loaded it while this flight waited. */
  readonly from: "l2" | "load" | "fleet";
  readonly stale: boolean;
  /** Stale, or about to be: the leader starts a refresh. */
  readonly isDue: boolean;
  /** Of the entry, in whichever tier it is stored. */
  readonly stamp: string;
  readonly marks: readonly string[];
  /** No invalidation up to this epoch voids it. */
  readonly epoch: number;
  /** Null when no load was needed. */
  readonly loadMs: number | null;
};

/** Rejects the flight of a reader without a permit to load. Other readers of the key are not affected. */
export class LoadRefused extends Error {
  override readonly name = "LoadRefused";
  /** What the reader gets. */
  readonly reason: Error;

  constructor(reason: Error) {
    super(reason.message);
    this.reason = reason;
  }
}

/** How a loaded value may be stored: under a lease; without one, while Redis is away; or not at all. */
export type StorePermit = { readonly lease: Lease } | "unleased" | "none";

/** A key whose flight this caller leads. */
export type Job<Key> = {
  readonly key: Key;
  readonly cacheKey: string;
  readonly flight: Flight;
  /** The stamp of the entry to replace; null when any entry in L2 will do. */
  readonly replaces: string | null;
  /** Failed refreshes of it in a row. */
  readonly failures: number;
  /** Names what its load will store; empty before the lease is claimed. */
  token: string;
  /** Stamp of the entry that L2 had at the last read; empty for none. */
  seen: string;
  permit: StorePermit;
};

export function createJob<Key>(
  key: Key,
  cacheKey: string,
  flight: Flight,
  replaced?: { readonly stamp: string; readonly failures: number },
): Job<Key> {
  const { stamp = null, failures = 0 } = replaced ?? {};
  return { key, cacheKey, flight, replaces: stamp, failures, token: "", seen: "", permit: "unleased" };
}

export function createFlight(
  id: string,
  startedAtMs: number,
  waitMs: number,
  { sequence, generation, known }: Fence,
): Flight {
  return {
    id,
    startedAtMs,
    sequence,
    generation,
    epoch: known,
    waitUntilMs: performance.now() + waitMs,
    isJoined: false,
    waiters: [],
  };
}

/** Ends a flight with a result, unless it has ended. */
export function resolveFlight(flight: Flight, result: FlightResult): void {
  const { waiters } = flight;
  flight.waiters = [];
  for (const waiter of waiters) waiter.resolve(result);
}

/** Ends a flight with an error, unless it has ended. */
export function rejectFlight(flight: Flight, error: unknown): void {
  const { waiters } = flight;
  flight.waiters = [];
  for (const waiter of waiters) waiter.reject(error);
}

/**
 * Returns true when a reader that arrived at `sequence` must not get the flight's result: something that touches it was
 * invalidated between the flight's start and the reader's arrival. A reader that arrived earlier may have it.
 */
export function isTooOldFor(sequence: number, flight: Flight, result: FlightResult, fence: Fence): boolean {
  if (sequence <= flight.sequence) return false;
  return flight.generation !== fence.generation || fence.judge(result.marks, result.epoch) === "void";
}

/**
 * Resolves with the flight's result, or rejects with CACHE_LOAD_TIMEOUT at the deadline of the reader's own request. Only
 * this reader stops waiting then.
 */
export function waitForFlight(deadlines: Deadlines, flight: Flight): Promise<FlightResult> {
  const untilMs = currentScope()?.deadlineAtMs ?? null;
  return new Promise((resolve, reject) => {
    if (untilMs === null) {
      flight.waiters.push({ resolve, reject });
      return;
    }
    // Half of the remaining time is for a load of its own, should another node not be done by then.
    flight.waitUntilMs = Math.min(flight.waitUntilMs, (performance.now() + untilMs) / 2);
    const deadline = deadlines.set(untilMs, () => reject(new CacheError("CACHE_LOAD_TIMEOUT")));
    flight.waiters.push({
      resolve: (result) => {
        deadlines.clear(deadline);
        resolve(result);
      },
      reject: (error) => {
        deadlines.clear(deadline);
        reject(error);
      },
    });
  });
}

/** The flights that readers may join, at most one per id. */
export type SingleFlight = {
  /**
   * Returns the running flight for this id. Undefined when there is none, when its result is known to be too old for a
   * reader that arrives now, or when it has been running for suspiciously long: the caller then starts a flight that
   * takes its place.
   */
  find: (id: string, nowMs: number, knownMarks: () => readonly string[]) => Flight | undefined;
  /** Registers a flight until it ends. */
  add: (flight: Flight) => void;
  readonly size: number;
};

export type SingleFlightOptions = { fence: Fence; maxFlightMs: number; enabled: boolean };

export function createSingleFlight({ fence, maxFlightMs, enabled }: SingleFlightOptions): SingleFlight {
  const flights = new Map<string, Flight>();
  return {
    find: (id, nowMs, knownMarks) => {
      const flight = flights.get(id);
      if (flight === undefined || nowMs - flight.startedAtMs > maxFlightMs) return undefined;
      if (flight.sequence === fence.sequence) return flight;
      if (flight.generation !== fence.generation) return undefined;
      return fence.judge(knownMarks(), flight.epoch) === "void" ? undefined : flight;
    },
    add: (flight) => {
      if (!enabled) return;
      flights.set(flight.id, flight);
      const end = (): void => {
        if (flights.get(flight.id) === flight) flights.delete(flight.id);
      };
      flight.waiters.push({ resolve: end, reject: end });
    },
    get size() {
      return flights.size;
    },
  };
}
