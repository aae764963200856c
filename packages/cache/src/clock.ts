/** The one logical clock of a fleet as Redis holds it. Epochs of two incarnations cannot be compared. */
export type ClockReading = {
  readonly incarnation: string;
  /** The number of the last invalidation. */
  readonly epoch: number;
  /** Whatever was loaded before this epoch is void. */
  readonly purgeFloor: number;
  /** Whatever was loaded before this epoch is stale. */
  readonly expireFloor: number;
};

const shape = /^(\S+) (\d+) (\d+) (\d+)$/u;

/** Reads the clock as the scripts write it; null when it is missing or not one. */
export function parseClock(text: unknown): ClockReading | null {
  if (typeof text !== "string") return null;
  const [, incarnation, epoch, purgeFloor, expireFloor] = shape.exec(text) ?? [];
  if (incarnation === undefined) return null;
  return { incarnation, epoch: Number(epoch), purgeFloor: Number(purgeFloor), expireFloor: Number(expireFloor) };
}

/** Monotonic time of this process in ms. Only differences mean anything. */
export type MonotonicClock = { now: () => number };
