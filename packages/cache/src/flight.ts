import type { Fence } from "./fence";
import type { Lease } from "./lease";

/** What a flight brought home. */
export type Landed = {
  /** As the caller gets it: frozen, null for "does not exist". */
  readonly value: unknown;
  /** `fleet`: another node loaded it while this flight waited. */
  readonly from: "l2" | "load" | "fleet";
  readonly stale: boolean;
  /** Stale, or soon to be: whoever led the flight sees to a refresh. */
  readonly isDue: boolean;
  /** Of the entry, wherever it is stored. */
  readonly stamp: string;
  readonly marks: readonly string[];
  /** No mark up to this epoch voids it. */
  readonly epoch: number;
  /** Null when no load was needed. */
  readonly loadMs: number | null;
};

type Waiting = { readonly landed: (landed: Landed) => void; readonly failed: (error: unknown) => void };

/** One read of a key that goes beyond L1, shared by all who ask for the key meanwhile. */
export type Flight = {
  readonly id: string;
  readonly startedAtMs: number;
  /** What was known of invalidations when it began. */
  readonly sequence: number;
  readonly generation: number;
  /** Its load sees what was invalidated up to here; later than at the begin once the clock has been read. */
  epoch: number;
  /** In ms of `performance.now()`: when it stops waiting for what another node loads. */
  waitUntilMs: number;
  /** Others than the one who led it wait for it too. */
  isJoined: boolean;
  /** Called once each, when it has landed or failed, in nobody's name. Who comes after that is not called. */
  waiting: Waiting[];
};

/** How what a load brings may be stored: under a lease; as by the only one, while Redis is away; or not at all. */
export type Standing = { readonly lease: Lease } | "alone" | "guest";

/** A key whose flight this caller leads. */
export type Job<Key> = {
  readonly key: Key;
  readonly cacheKey: string;
  readonly flight: Flight;
  /** The stamp of the entry that is to be replaced; null when whatever L2 has will do. */
  readonly replaces: string | null;
  /** How many refreshes of it have failed in a row. */
  readonly failures: number;
  /** Names what a load of it will bring; empty before it was asked for. */
  token: string;
  /** Stamp of what L2 had of it at the last look; empty for nothing. */
  seen: string;
  standing: Standing;
};

export function createJob<Key>(
  key: Key,
  cacheKey: string,
  flight: Flight,
  replaced?: { readonly stamp: string; readonly failures: number },
): Job<Key> {
  const { stamp = null, failures = 0 } = replaced ?? {};
  return { key, cacheKey, flight, replaces: stamp, failures, token: "", seen: "", standing: "alone" };
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
    waiting: [],
  };
}

/** Ends a flight, unless it has ended. */
export function land(flight: Flight, landed: Landed): void {
  const { waiting } = flight;
  flight.waiting = [];
  for (const one of waiting) one.landed(landed);
}

/** Ends a flight, unless it has ended. */
export function fail(flight: Flight, error: unknown): void {
  const { waiting } = flight;
  flight.waiting = [];
  for (const one of waiting) one.failed(error);
}

/**
 * True when a reader who came at `sequence` must not get what the flight brought: something that touches it had been
 * invalidated between the flight's begin and the reader's arrival. A reader who came before that may have it.
 */
export function isTooOldFor(sequence: number, flight: Flight, landed: Landed, fence: Fence): boolean {
  if (sequence <= flight.sequence) return false;
  return flight.generation !== fence.generation || fence.judge(landed.marks, landed.epoch) === "void";
}
