import type { BreakerState } from "@weir/core/channels";
import type { PoolSample } from "../series/pool";

/** What the process is asked for once per flush, beside what it publishes. */
export type NodeSources = {
  role: string;
  version: string;
  startedAtMs: number;
  /** For the span since it was last asked. */
  pool: () => Omit<PoolSample, "longestHeldMs"> & { longest: NodeState["pool"]["longest"] };
  /** By name of the connection. */
  breakers: () => Readonly<Record<string, BreakerState>>;
  cache: () => NodeState["cache"];
  callsInFlight: () => number;
};

/** The engines of a process that describe themselves. */
export type ObservedEngines = {
  /** Of `@weir/postgres`: its pool appears on the dashboard. */
  database?: { gauge: NodeSources["pool"] };
  /** Of `@weir/cache`: its breaker and its invalidation log appear on the dashboard. */
  cache?: { stats: () => { l2: BreakerState; epoch: number; logAgeMs: number | null; logConnected: boolean } };
};

const noPool = { max: 0, inUse: 0, queued: 0, inUsePeak: 0, queuedPeak: 0, refused: 0, expired: 0, longest: null };

/** Where a process's state comes from: what `given` says, else its engines, else the values of a process without them. */
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

/** What one process says of itself in the header of its fine slots, as JSON; at most a kilobyte. */
export type NodeState = {
  role: string;
  version: string;
  pid: number;
  startedAtMs: number;
  /** Procedure calls under way. */
  callsInFlight: number;
  pool: {
    inUse: number;
    queued: number;
    max: number;
    /** Who holds a permit longest by now; null when nobody does. */
    longest: { heldMs: number; statement: string; procedure: string | null } | null;
  };
  /** Breakers of connections, by their name. */
  redis: Readonly<Record<string, BreakerState>>;
  cache: {
    epoch: number;
    /** How long ago the log last answered; null when it never did. */
    lagMs: number | null;
    /** Whether memory may answer without asking. */
    trusted: boolean;
  };
  rssBytes: number;
  /** Of the last interval, 0 to 1. */
  loopUtilisation: number;
  /** Of the last interval; null without samples. */
  loopDelayP99Ms: number | null;
  /** Set in the last slot of a process that stops in good order. */
  stopped?: true;
};
