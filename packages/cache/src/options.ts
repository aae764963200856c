import { checkTimerMs } from "@weir/core/timers";
import type { OutboxPort } from "./contract/types";
import type { CacheWarning } from "./contract/warnings";
import type { MonotonicClock } from "./redis/clock";
import type { RedisSource } from "./redis/connection";

export type CacheTechnique = "l1" | "l2" | "single-flight" | "batching";

/** Every timeout and interval of the engine, in ms. */
export type CacheTimings = {
  /** How long one read waits for Redis at most, in total. */
  redisBudgetMs: number;
  /** How long an invalidation waits for Redis at most before it is queued. */
  invalidationBudgetMs: number;
  /** How long reads do not ask Redis once too many of them have failed; longer when the next attempts fail too. */
  coolDownMs: number;
  /** How long an attempt counts for the failure rate. */
  breakerWindowMs: number;
  /** How long one read of the log may block. */
  blockMs: number;
  /** How long L1 may serve after the log last responded. */
  trustMs: number;
  /** How long the fleet waits for a silent node. Longer than `trustMs`, with room for clocks that drift. */
  leaseMs: number;
  /** How long `ready()` waits at most. */
  readyMs: number;
  /** How long `wait: "fleet"` waits at most. Longer than `leaseMs`, or a dead node makes it fail. */
  fleetWaitMs: number;
  /** Between two attempts to send queued invalidations. */
  retryMs: number;
  /** Between two sweeps of the outbox. */
  sweepMs: number;
  /** How long Redis keeps the lease of a load whose process has died. */
  loadLeaseMs: number;
  /** How often the leases of running loads are renewed. A fraction of `loadLeaseMs`. */
  loadRenewMs: number;
  /**
   * How long a reader waits at most for another node's load, and never more than half of its own remaining deadline; then
   * it loads for itself and stores nothing. Longer than `loadLeaseMs`, or no reader takes over from a dead process.
   */
  loadWaitMs: number;
  /** How long a key is not refreshed after its load failed; doubled after each further failure. */
  backoffMs: number;
  maxBackoffMs: number;
  /** A load that takes longer is no longer joined, and its statements are refused from then on. */
  maxFlightMs: number;
  /** How often a node publishes the keys it reads most. */
  hotKeysMs: number;
};

export type CacheOptions<Db, Tx> = {
  redis: RedisSource;
  /** Names this node in the log. Need not be unique: each cache appends an id of its own. */
  nodeId: string;
  /** Caches with the same prefix share entries and invalidations. */
  keyPrefix: string;
  /** Required for `mutate`. */
  outbox?: OutboxPort<Db, Tx>;
  /** Monotonic, in ms. Default: `performance`. */
  clock?: MonotonicClock;
  /** In ms. Compared with `clock` to detect a suspended machine; nothing else is measured by it. Default: `Date`. */
  wallClock?: { now: () => number };
  /** From 0 to below 1. Spreads lifetimes and retries. Default: `Math.random`. */
  random?: () => number;
  l1?: { maxEntries?: number; maxBytes?: number };
  /**
   * Called before keys that no tier has are loaded for a reader, in that reader's async context: not for hits, for reads that
   * join another's load, or for refreshes. Returns null, or the error that the reader gets instead of the load. Must not
   * throw.
   */
  admitLoads?: ((keys: number) => Error | null) | undefined;
  /**
   * Receives mistakes in how the cache is used; each is reported once for each place. Without it, nothing is checked. May
   * be called in the middle of a read or a mutation, and must not throw.
   */
  onWarning?: (warning: CacheWarning) => void;
  /**
   * The share of hits in memory, 0 to 1, whose value is compared with its source in the background; a difference is
   * reported as ENTRY_MISMATCH. Each comparison is one load, two when they differ. 0 compares only when `verify()` is called.
   */
  verify?: number;
  /**
   * What happens when a definition's load, key, tags or schema changed while its version did not. `renew`: it gets a
   * new version automatically, for development. `warn`: DEFINITION_CHANGED is reported. Default: not checked.
   */
  changedDefinitions?: "renew" | "warn";
  /** Techniques to switch off, to measure what each one buys. */
  disable?: { has(technique: CacheTechnique): boolean };
  timings?: Partial<CacheTimings>;
};

export const defaultTimings: CacheTimings = {
  redisBudgetMs: 100,
  invalidationBudgetMs: 500,
  coolDownMs: 1000,
  breakerWindowMs: 2000,
  blockMs: 1000,
  trustMs: 3000,
  leaseMs: 4000,
  readyMs: 2000,
  fleetWaitMs: 5000,
  retryMs: 250,
  sweepMs: 1000,
  loadLeaseMs: 2000,
  loadRenewMs: 500,
  loadWaitMs: 3000,
  backoffMs: 1000,
  maxBackoffMs: 60_000,
  maxFlightMs: 30_000,
  hotKeysMs: 10_000,
};

/**
 * The timings as they are.
 * @throws RangeError for one that no timer can keep
 */
export function checkTimings(timings: CacheTimings): CacheTimings {
  for (const [name, ms] of Object.entries(timings)) checkTimerMs(`timings.${name}`, ms);
  return timings;
}

export const bounds = {
  l1Entries: 50_000,
  l1Bytes: 64 * 1024 * 1024,
  /** Marks kept in Redis, and in this process. */
  remoteMarks: 200_000,
  localMarks: 50_000,
  logLength: 10_000,
  queuedMarks: 10_000,
  refreshes: 8,
  /** Longer values are compressed for L2; in characters of their JSON. */
  plainLength: 8192,
  /** The breaker of the shared tier: the attempts it needs to decide, the share that must fail, the probes that must succeed. */
  minAttempts: 3,
  failureRatio: 0.5,
  probes: 2,
} as const;
