import type { Pool } from "./pool";
import type { StatementNames } from "./trace";

/** How busy a pool was over a span, and is at its end. */
export type PoolLoad = {
  max: number;
  inUse: number;
  queued: number;
  /** The most at once within the span. */
  inUsePeak: number;
  queuedPeak: number;
  /** Turned away, and gave up waiting, within the span. */
  refused: number;
  expired: number;
  /** Who holds a permit longest by now: its statement, or `transaction`; null while nobody does. */
  longest: { heldMs: number; statement: string; procedure: string | null } | null;
};

/** Answers for the span since its last answer, so it is for one who asks. */
export type PoolGauge = () => PoolLoad;

export function createPoolGauge(
  pool: Pick<Pool, "stats" | "takePeaks" | "longestHolder">,
  names: Pick<StatementNames, "of">,
): PoolGauge {
  let before = { refused: 0, expired: 0 };
  return () => {
    const { max, inUse, queued, refused, expired } = pool.stats();
    const peaks = pool.takePeaks();
    const holder = pool.longestHolder();
    const since = before;
    before = { refused, expired };
    return {
      max,
      inUse,
      queued,
      inUsePeak: peaks.inUse,
      queuedPeak: peaks.queued,
      refused: refused - since.refused,
      expired: expired - since.expired,
      longest: holder && {
        heldMs: holder.heldMs,
        statement: holder.text === "transaction" ? holder.text : names.of(holder.text),
        procedure: holder.procedure,
      },
    };
  };
}
