/** How long a place in the queue takes to move up, learnt from how often permits come back while none is free. */
export type WaitEstimate = {
  /** The last free permit was taken. */
  saturated: (nowMs: number) => void;
  /** A permit came back while none was free; `taken` says whether a waiter took it over. */
  released: (nowMs: number, taken: boolean) => void;
  /** Expected wait of somebody who has `ahead` waiters in front; 0 while nothing is known. */
  waitMs: (nowMs: number, ahead: number) => number;
};

/** Weight of one new interval in the moving average. */
const weight = 0.1;

/**
 * Measures intervals between returns, not how long permits are held: one long transaction among short statements slows
 * the queue down by one permit, whatever it takes. The interval that is running counts as soon as it is longer than the
 * average, so that a database that stands still is noticed.
 */
export function createWaitEstimate(): WaitEstimate {
  let averageMs: number | null = null;
  let sinceMs: number | null = null;
  const blend = (intervalMs: number): number =>
    averageMs === null ? intervalMs : averageMs + weight * (intervalMs - averageMs);

  return {
    saturated: (nowMs) => {
      sinceMs = nowMs;
    },
    released: (nowMs, taken) => {
      if (sinceMs !== null) averageMs = blend(nowMs - sinceMs);
      sinceMs = taken ? nowMs : null;
    },
    waitMs: (nowMs, ahead) => {
      if (averageMs === null) return 0;
      const runningMs = sinceMs === null ? 0 : nowMs - sinceMs;
      return (ahead + 1) * (runningMs > averageMs ? blend(runningMs) : averageMs);
    },
  };
}
