import type { Fence } from "./fence";

/** What a flight brought home. */
export type Landed = {
  /** As the caller gets it: frozen, null for "does not exist". */
  readonly value: unknown;
  readonly from: "l2" | "load";
  readonly stale: boolean;
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
  /** Called once each, when it has landed or failed, in nobody's name. Who comes after that is not called. */
  waiting: Waiting[];
};

/** A key whose flight this caller leads. */
export type Job<Key> = { readonly key: Key; readonly cacheKey: string; readonly flight: Flight };

export function createFlight(id: string, startedAtMs: number, { sequence, generation, known }: Fence): Flight {
  return { id, startedAtMs, sequence, generation, epoch: known, waiting: [] };
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
