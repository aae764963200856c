import type { MonotonicClock } from "./clock";
import type { RedisSource } from "./connection";
import type { OutboxPort } from "./types";

export type CacheTechnique = "l1" | "l2" | "single-flight" | "batching";

/** Every waiting time of the engine, in ms. */
export type CacheTimings = {
  /** The longest one read waits for Redis, in all. */
  redisBudgetMs: number;
  /** The longest an invalidation waits for Redis before it is queued. */
  invalidationBudgetMs: number;
  /** Once too many of them have failed, reads leave Redis alone this long; longer when it fails again after that. */
  coolDownMs: number;
  /** How long attempts count among those that failed or did not. */
  breakerWindowMs: number;
  /** How long one question to the log may stay open. */
  blockMs: number;
  /** How long L1 may answer after the log last did. */
  trustMs: number;
  /** How long the fleet waits for a silent node; longer than its trust, with room for clocks that drift. */
  leaseMs: number;
  /** The longest `ready()` waits. */
  readyMs: number;
  /** The longest `wait: "fleet"` waits; longer than a lease, or a dead node makes it fail. */
  fleetWaitMs: number;
  /** Between two attempts to get queued invalidations through. */
  retryMs: number;
  /** Between two looks into the outbox. */
  sweepMs: number;
  /** How long Redis keeps the lease of a load whose process has died. */
  loadLeaseMs: number;
  /** How often the leases of loads under way are renewed; a fraction of `loadLeaseMs`. */
  loadRenewMs: number;
  /**
   * The longest a reader waits for what another node loads, and never more than half of what its own deadline leaves;
   * then it loads for itself and stores nothing. Longer than `loadLeaseMs`, or nobody takes over from a dead process.
   */
  loadWaitMs: number;
  /** How long a key is not refreshed after its load failed; twice as long after each further failure. */
  restMs: number;
  longestRestMs: number;
  /** A load that takes longer is no longer joined, and its statements are refused from then on. */
  longestFlightMs: number;
  /** Between two times that a node tells which keys it reads most. */
  hotKeysMs: number;
};

export type CacheOptions<Db, Tx> = {
  redis: RedisSource;
  /** Names this node in the log; need not be unique, each cache adds something of its own. */
  nodeId: string;
  /** Caches with the same prefix share their entries and invalidations. */
  keyPrefix: string;
  /** Needed by `mutate`. */
  outbox?: OutboxPort<Db, Tx>;
  clock?: MonotonicClock;
  /** Tells in ms, beside `clock`, whether the machine was suspended; nothing else is measured by it. */
  wallClock?: { now: () => number };
  /** From 0 to below 1; spreads lifetimes and retries. */
  random?: () => number;
  l1?: { maxEntries?: number; maxBytes?: number };
  /** What to leave out, to measure what it buys. */
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
  restMs: 1000,
  longestRestMs: 60_000,
  longestFlightMs: 30_000,
  hotKeysMs: 10_000,
};

export const bounds = {
  l1Entries: 50_000,
  l1Bytes: 64 * 1024 * 1024,
  /** Marks kept in Redis, and in this process. */
  remoteMarks: 200_000,
  localMarks: 50_000,
  logLength: 10_000,
  queuedMarks: 10_000,
  refreshes: 8,
  plainLetters: 8192,
  /** The breaker of the shared tier: fewer attempts decide nothing; this share of them must fail; so many must succeed. */
  leastAttempts: 3,
  failureRatio: 0.5,
  probes: 2,
} as const;
