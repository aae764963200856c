import type { MonotonicClock } from "../redis/clock";

/** Splits the work on many keys, so that no turn of the event loop is held for long. */
export type Turns = {
  /** True when the cache has used up its time in this turn. */
  isSpent: () => boolean;
  /** Resolves in a turn that has time left. */
  next: () => Promise<void>;
  /**
   * Runs the work on `size` keys now, or in a later turn if this one is used up, in the caller's async context. It receives
   * how long it was deferred, in ms, which is not a delay of Redis. It must not throw. A few keys are never deferred.
   */
  soon: (size: number, work: (putOffMs: number) => void) => void;
  /** Calls `work`, which must not throw, for each item in order, over as many turns as that takes. */
  each: <Item>(items: readonly Item[], work: (item: Item) => void) => void;
};

/** The time that the cache takes for many keys in one turn, unless a single step takes longer. */
const maxTurnMs = 1;
/** Keys processed per clock reading: reading the clock costs a twentieth of processing a key. */
export const fewKeys = 8;

export function createTurns(clock: MonotonicClock): Turns {
  let isOpen = false;
  let endsAtMs = 0;

  const close = (): void => {
    isOpen = false;
  };
  const isSpent = (): boolean => {
    const nowMs = clock.now();
    if (isOpen) return nowMs >= endsAtMs;
    isOpen = true;
    endsAtMs = nowMs + maxTurnMs;
    // Runs before any work deferred from now on.
    setImmediate(close);
    return false;
  };
  const later = (work: (putOffMs: number) => void, sinceMs: number): void => {
    setImmediate(() => {
      if (isSpent()) later(work, sinceMs);
      else work(clock.now() - sinceMs);
    });
  };
  const eachFrom = <Item>(items: readonly Item[], from: number, work: (item: Item) => void): void => {
    for (const [offset, item] of items.slice(from).entries()) {
      if (offset % fewKeys === fewKeys - 1 && isSpent()) {
        later(() => eachFrom(items, from + offset, work), clock.now());
        return;
      }
      work(item);
    }
  };

  return {
    isSpent,
    next: () => new Promise((resolve) => later(() => resolve(), clock.now())),
    soon: (size, work) => {
      if (size <= fewKeys || !isSpent()) work(0);
      else later(work, clock.now());
    },
    each: (items, work) => {
      if (items.length <= fewKeys) for (const item of items) work(item);
      else eachFrom(items, 0, work);
    },
  };
}
