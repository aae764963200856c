import type { MonotonicClock } from "./clock";

/**
 * Spares reads the wait while Redis fails: after a failure nothing is sent for a while, then one attempt decides.
 * Whoever was permitted must report how it went.
 */
export type CoolDown = {
  permits: () => boolean;
  succeeded: () => void;
  /** True when it was the deciding attempt that failed. */
  failed: () => boolean;
};

export function createCoolDown({ clock, forMs }: { clock: MonotonicClock; forMs: number }): CoolDown {
  let failing = false;
  let probing = false;
  let closedUntil = 0;
  return {
    permits: () => {
      if (!failing) return true;
      if (probing || clock.now() < closedUntil) return false;
      probing = true;
      return true;
    },
    succeeded: () => {
      failing = false;
      probing = false;
    },
    failed: () => {
      const decided = probing;
      failing = true;
      probing = false;
      closedUntil = clock.now() + forMs;
      return decided;
    },
  };
}
