import type { BreakerState } from "@weir/core/channels";
import type { PoolSample } from "../series/pool";

/** What the process is asked for once per flush, beside what it publishes. Whoever opens the process hands it over. */
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

/** Of a process that has neither pool nor cache. */
export const noSources: NodeSources = {
  role: "unknown",
  version: "unknown",
  startedAtMs: 0,
  pool: () => ({ max: 0, inUse: 0, queued: 0, inUsePeak: 0, queuedPeak: 0, refused: 0, expired: 0, longest: null }),
  breakers: () => ({}),
  cache: () => ({ epoch: 0, lagMs: null, trusted: false }),
  callsInFlight: () => 0,
};

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
