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
  /** After a failure, reads leave Redis alone this long. */
  coolDownMs: number;
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
  /** A load that takes longer is no longer joined, and its statements are refused from then on. */
  longestFlightMs: number;
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
  blockMs: 1000,
  trustMs: 3000,
  leaseMs: 4000,
  readyMs: 2000,
  fleetWaitMs: 5000,
  retryMs: 250,
  sweepMs: 1000,
  longestFlightMs: 30_000,
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
} as const;
