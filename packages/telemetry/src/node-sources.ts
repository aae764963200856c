import type { BreakerState } from "@weir/core/channels";
import type { NodeState } from "./node-state";
import type { PoolSample } from "./series/pool-series";

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
