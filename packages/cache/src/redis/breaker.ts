import type { MonotonicClock } from "./clock";

/** `closed`: all requests pass. `open`: none pass. `half-open`: one probe at a time passes. */
export type BreakerState = "closed" | "open" | "half-open";

/**
 * A circuit breaker on the failure rate: spares reads the wait for a Redis that fails. It opens when too large a share of
 * enough recent attempts has failed; after a pause, single probes pass, and several successes in a row close it.
 */
export type Breaker = {
  readonly state: BreakerState;
  /** Returns a permit, or null when the request must not be sent. Report how each permitted request ended. */
  permit: () => Permit | null;
  succeeded: (permit: Permit) => void;
  /** Returns true when the failed request was a probe. */
  failed: (permit: Permit) => boolean;
};

/** Numbers the state it was granted in: a request sent before the breaker opened says nothing about later. */
export type Permit = number;

export type BreakerOptions = {
  clock: MonotonicClock;
  random: () => number;
  /** How long it stays open at first; doubled after each failed probe, up to eight times as long. */
  openMs: number;
  /** How long an attempt counts. */
  windowMs: number;
  /** With fewer attempts in the window the breaker stays closed. */
  minAttempts: number;
  /** The breaker opens at this share of failures, from 0 to 1. */
  failureRatio: number;
  /** How many probes must succeed in a row before it closes. */
  probes: number;
  onChange: (state: BreakerState) => void;
};

type Counts = { attempts: number; failures: number };
const noCounts = (): Counts => ({ attempts: 0, failures: 0 });
const maxDoublings = 3;

export function createBreaker(options: BreakerOptions): Breaker {
  const { clock, random, openMs, windowMs, minAttempts, failureRatio, probes, onChange } = options;
  let state: BreakerState = "closed";
  /** Incremented with each change of state. */
  let era = 0;
  // Two halves of the window: attempts are counted in the younger one, and the older one still counts.
  let younger = noCounts();
  let older = noCounts();
  let youngerSinceMs = clock.now();
  let openUntilMs = 0;
  let doublings = 0;
  let probing = false;
  let succeededInARow = 0;

  const become = (next: BreakerState): void => {
    state = next;
    era += 1;
    probing = false;
    succeededInARow = 0;
    onChange(next);
  };
  const open = (): void => {
    openUntilMs = clock.now() + openMs * 2 ** doublings * (0.75 + random() / 2);
    doublings = Math.min(doublings + 1, maxDoublings);
    become("open");
  };
  const close = (): void => {
    doublings = 0;
    younger = noCounts();
    older = noCounts();
    become("closed");
  };
  const count = (failures: 0 | 1): void => {
    const nowMs = clock.now();
    if (nowMs - youngerSinceMs >= windowMs / 2) {
      older = nowMs - youngerSinceMs >= windowMs ? noCounts() : younger;
      younger = noCounts();
      youngerSinceMs = nowMs;
    }
    younger.attempts += 1;
    younger.failures += failures;
  };
  const isFailing = (): boolean => {
    const attempts = younger.attempts + older.attempts;
    return attempts >= minAttempts && younger.failures + older.failures >= failureRatio * attempts;
  };

  return {
    get state() {
      return state;
    },
    permit: () => {
      if (state === "closed") return era;
      if (state === "open" && clock.now() >= openUntilMs) become("half-open");
      if (state === "open" || probing) return null;
      probing = true;
      return era;
    },
    succeeded: (permit) => {
      if (permit !== era) return;
      if (state === "closed") count(0);
      else if (++succeededInARow >= probes) close();
      else probing = false;
    },
    failed: (permit) => {
      if (permit !== era) return false;
      if (state === "half-open") {
        open();
        return true;
      }
      count(1);
      if (isFailing()) open();
      return false;
    },
  };
}
