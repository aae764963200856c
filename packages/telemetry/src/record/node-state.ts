import type { BreakerState } from "@weir/core/channels";
import type { PoolSample } from "../series/pool";

/** Process state sampled once per flush, in addition to published messages. */
export type NodeSources = {
  role: string;
  version: string;
  startedAtMs: number;
  /** Covers the time since the previous call. */
  pool: () => Omit<PoolSample, "longestHeldMs"> & { longest: NodeState["pool"]["longest"] };
  /** By connection name. */
  breakers: () => Readonly<Record<string, BreakerState>>;
  cache: () => NodeState["cache"];
  callsInFlight: () => number;
};

/** The engines of a process that report their own state. */
export type ObservedEngines = {
  /** From `@weir/postgres`: shows its pool on the dashboard. */
  database?: { gauge: NodeSources["pool"] };
  /** From `@weir/cache`: shows its breaker and invalidation log on the dashboard. */
  cache?: { stats: () => { l2: BreakerState; epoch: number; logAgeMs: number | null; logConnected: boolean } };
};

const noPool = { max: 0, inUse: 0, queued: 0, inUsePeak: 0, queuedPeak: 0, refused: 0, expired: 0, longest: null };

/** Resolves the sources of process state: `given`, else the engines, else the defaults of a process without them. */
export function resolveSources({ database, cache }: ObservedEngines, given: Partial<NodeSources> = {}): NodeSources {
  return {
    role: "app",
    version: "unknown",
    startedAtMs: Math.round(performance.timeOrigin),
    pool: database?.gauge ?? (() => noPool),
    breakers: (): Readonly<Record<string, BreakerState>> => (cache === undefined ? {} : { cache: cache.stats().l2 }),
    cache: () => {
      if (cache === undefined) return { epoch: 0, lagMs: null, trusted: false };
      const { epoch, logAgeMs, logConnected } = cache.stats();
      return { epoch, lagMs: logAgeMs === null ? null : Math.round(logAgeMs), trusted: logConnected };
    },
    callsInFlight: () => 0,
    ...given,
  };
}

/** Process state, stored as JSON in the header of each fine slot; at most a kilobyte. */
export type NodeState = {
  role: string;
  version: string;
  pid: number;
  startedAtMs: number;
  /** Procedure calls in flight. */
  callsInFlight: number;
  pool: {
    inUse: number;
    queued: number;
    max: number;
    /** The holder of the longest-held permit; null when none is held. */
    longest: { heldMs: number; statement: string; procedure: string | null } | null;
  };
  /** Circuit breakers by connection name. */
  redis: Readonly<Record<string, BreakerState>>;
  cache: {
    epoch: number;
    /** Time since the log last responded; null if it never has. */
    lagMs: number | null;
    /** Whether reads may be served from memory without checking Redis. */
    trusted: boolean;
  };
  rssBytes: number;
  /** Over the last interval, 0 to 1. */
  loopUtilisation: number;
  /** Over the last interval; null without samples. */
  loopDelayP99Ms: number | null;
  /** This node's clock minus the time that the other clocks agree on; absent or null while it is not known. */
  clockSkewMs?: number | null;
  /** Set in the last slot of a process that shut down cleanly. */
  stopped?: true;
};
