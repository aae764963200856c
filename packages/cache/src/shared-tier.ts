import { randomBytes } from "node:crypto";
import { channels } from "@weir/core/channels";
import { createBreaker, type BreakerState } from "./breaker";
import type { MonotonicClock } from "./clock";
import type { Connection } from "./connection";
import { createL2, type L2 } from "./l2";
import { createL2Door } from "./l2-door";
import { createLeases, type Leases, nodeTagLength } from "./lease";
import type { KeyNames } from "./names";
import { bounds, type CacheTimings } from "./options";

/** The tier in Redis: what is read of it, who may load what is missing, and whether it is asked at all. */
export type SharedTier = { readonly l2: L2; readonly leases: Leases; readonly state: BreakerState };

export type SharedTierOptions = {
  connection: Connection;
  keys: KeyNames;
  clock: MonotonicClock;
  random: () => number;
  timings: CacheTimings;
  onClockMissing: () => void;
};

/** The breaker is before all that reads and loads ask of Redis; invalidations have a queue of their own instead. */
export function createSharedTier({
  connection,
  keys,
  clock,
  random,
  timings,
  onClockMissing,
}: SharedTierOptions): SharedTier {
  const { redisBudgetMs: budgetMs } = timings;
  const breaker = createBreaker({
    clock,
    random,
    openMs: timings.coolDownMs,
    windowMs: timings.breakerWindowMs,
    leastAttempts: bounds.leastAttempts,
    failureRatio: bounds.failureRatio,
    probes: bounds.probes,
    onChange: (state) => {
      if (channels.cache.hasSubscribers) channels.cache.publish({ type: "breaker", state });
    },
  });
  const ask = createL2Door(connection, breaker);
  return {
    l2: createL2({ ask, keys, budgetMs, onClockMissing }),
    leases: createLeases({
      ask,
      keys,
      clock,
      nodeTag: randomBytes(nodeTagLength).toString("base64url").slice(0, nodeTagLength),
      leaseMs: timings.loadLeaseMs,
      renewMs: timings.loadRenewMs,
      budgetMs,
    }),
    get state() {
      return breaker.state;
    },
  };
}
