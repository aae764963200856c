import type { MonotonicClock } from "./clock";

export type SuspensionOptions = {
  clock: MonotonicClock;
  /** In ms. Only how far it runs ahead of the monotonic clock means anything. */
  wallClock: { now: () => number };
  onResumed: () => void;
};

const everyMs = 250;
const aheadMs = 1000;

/**
 * Notices that the machine was suspended: the monotonic clock of Linux stands still meanwhile, so that nothing which is
 * measured by it ends in that time, and the wall clock does not. Also calls when somebody set the wall clock forward by
 * more than a second, which does no harm. Looks four times a second. Returns the function that ends it.
 */
export function watchSuspension({ clock, wallClock, onResumed }: SuspensionOptions): () => void {
  const difference = (): number => wallClock.now() - clock.now();
  let last = difference();
  const timer = setInterval(() => {
    const now = difference();
    if (now - last > aheadMs) onResumed();
    last = now;
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
