import type { BreakerState } from "@weir/core/channels";

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
