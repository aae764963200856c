import type { MonotonicClock } from "./clock";

/** `closed`: all may ask. `open`: nobody may. `half-open`: one attempt at a time is let through, to see. */
export type BreakerState = "closed" | "open" | "half-open";

/**
 * Spares reads the wait for a Redis that fails. It opens when, of enough attempts in the last moments, too many have
 * failed; after a while single attempts are let through, and some of them in a row close it again.
 */
export type Breaker = {
  readonly state: BreakerState;
  /** A permit, or null: not now. Whoever has one must report how it went. */
  permit: () => Permit | null;
  succeeded: (permit: Permit) => void;
  /** True when it was an attempt to see, and it failed. */
  failed: (permit: Permit) => boolean;
};

/** Says under which state it was given: what was asked before the breaker opened says nothing about later. */
export type Permit = number;

export type BreakerOptions = {
  clock: MonotonicClock;
  random: () => number;
  /** How long it stays open the first time; twice as long after each attempt to see that fails, up to eight times. */
  openMs: number;
  /** How long attempts count. */
  windowMs: number;
  /** Fewer attempts than this within the window decide nothing. */
  leastAttempts: number;
  /** It opens when this share of them has failed, from 0 to 1. */
  failureRatio: number;
  /** How many attempts must succeed in a row before it closes. */
  probes: number;
  onChange: (state: BreakerState) => void;
};

type Counts = { attempts: number; failures: number };
const nothing = (): Counts => ({ attempts: 0, failures: 0 });
const mostDoublings = 3;

export function createBreaker(options: BreakerOptions): Breaker {
  const { clock, random, openMs, windowMs, leastAttempts, failureRatio, probes, onChange } = options;
  let state: BreakerState = "closed";
  /** Grows with each change of state. */
  let era = 0;
  // Two halves of the window: the younger is counted in, the older still counts.
  let younger = nothing();
  let older = nothing();
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
    doublings = Math.min(doublings + 1, mostDoublings);
    become("open");
  };
  const close = (): void => {
    doublings = 0;
    younger = nothing();
    older = nothing();
    become("closed");
  };
  const count = (failures: 0 | 1): void => {
    const nowMs = clock.now();
    if (nowMs - youngerSinceMs >= windowMs / 2) {
      older = nowMs - youngerSinceMs >= windowMs ? nothing() : younger;
      younger = nothing();
      youngerSinceMs = nowMs;
    }
    younger.attempts += 1;
    younger.failures += failures;
  };
  const fails = (): boolean => {
    const attempts = younger.attempts + older.attempts;
    return attempts >= leastAttempts && younger.failures + older.failures >= failureRatio * attempts;
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
      if (fails()) open();
      return false;
    },
  };
}
