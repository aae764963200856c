/**
 * How long this node may answer from its own memory: until a while after it last asked for the log and got an answer.
 * Counted from when the question was sent, so a process that was paused or cut off stops trusting itself.
 */
export type Trust = {
  extend: (askedAtMs: number) => void;
  /** Ends it, also for the answers to questions that were sent up to now. */
  withdraw: (nowMs: number) => void;
  /** True when `nowMs` lies in the trusted time, or at most `graceMs` after it. */
  holds: (nowMs: number, graceMs: number) => boolean;
  /** How long ago the last question that was answered was sent, in ms; null while there is none that counts. */
  ageMs: (nowMs: number) => number | null;
};

export function createTrust(trustMs: number): Trust {
  let untilMs = Number.NEGATIVE_INFINITY;
  let withdrawnAtMs = Number.NEGATIVE_INFINITY;
  return {
    extend: (askedAtMs) => {
      if (askedAtMs >= withdrawnAtMs) untilMs = Math.max(untilMs, askedAtMs + trustMs);
    },
    withdraw: (nowMs) => {
      untilMs = Number.NEGATIVE_INFINITY;
      withdrawnAtMs = nowMs;
    },
    holds: (nowMs, graceMs) => nowMs < untilMs + graceMs,
    ageMs: (nowMs) => (untilMs === Number.NEGATIVE_INFINITY ? null : Math.max(0, nowMs - (untilMs - trustMs))),
  };
}
