import type { InsightNode } from "./overview";
import { insightFilter, type InsightPeriod } from "./range";
import type { BreakerName } from "./tables";
import { z } from "@/server/rpc/zod";

/** The last report of a node. */
export type NodeReport = {
  role: string;
  version: string;
  startedAt: string;
  callsInFlight: number;
  pool: {
    inUse: number;
    queued: number;
    max: number;
    /** The holder of the longest-held connection at that time; null when none was held. */
    longest: { heldMs: number; statement: string; procedure: string | null } | null;
  };
  /** The node's Redis connections, by name. */
  breakers: { connection: string; state: BreakerName }[];
  /** `lagMs`: time since the last response of the invalidation log; null if there was none. */
  cache: { epoch: number; lagMs: number | null; isTrusted: boolean };
  rssBytes: number;
  /** Over its last second, 0 to 1. */
  eventLoopUtilisation: number;
  eventLoopDelayP99Ms: number | null;
};
/** `report` is null when the node's last report was not kept. */
export type NodeMetrics = InsightNode & { report: NodeReport | null };
export type InsightsNodes = {
  asOf: string;
  /** Nodes that reported in the last 15 minutes, by ID. */
  nodes: NodeMetrics[];
  /** Number of nodes by status. */
  standings: Record<InsightNode["standing"], number>;
};

/** Percentiles over the range; null without samples. */
export type Spread = {
  count: number;
  meanMs: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  maxMs: number | null;
};

export const insightsPeriodInput = z.strictObject(insightFilter).prefault({});
export type InsightsPeriodInput = z.infer<typeof insightsPeriodInput>;

export type InsightsPool = InsightPeriod & {
  /** Waits of all statements for a connection; zero when one was free. */
  wait: Spread;
  /** Average over the seconds of one node; null when no node reported. */
  inUseMean: number | null;
  queuedMean: number | null;
  /** The maximum on one node. */
  inUsePeak: number;
  queuedPeak: number;
  /** The largest pool size of a node. */
  max: number;
  /** The longest observed hold of a connection. */
  longestHeldMs: number;
  /** Statements rejected because the queue was full, and statements that timed out waiting. */
  refused: number;
  expired: number;
  /** The current pools of the reporting nodes. */
  nodes: ({ id: string } & NodeReport["pool"])[];
};

/** What telemetry costs and misses, summed over the range and all nodes. */
export type InsightsObserver = InsightPeriod & {
  /**
   * Share of one core, 0 to 1. Flushes are measured, and recording is estimated from the number of messages; null
   * before the first flush.
   */
  cpuShare: number | null;
  messages: number;
  /** Dropped because they could not be recorded or stored. */
  dropped: number;
  /** Counted under "(other)", by kind of series; kinds with none are left out. */
  capped: { kind: string; messages: number }[];
  /** Node reports that could not be parsed: from another version, or damaged. */
  undecodable: number;
  /** Slots stored more than one flush interval after their end. */
  slotsLate: number;
  failedWrites: number;
  /** Failed flushes; the next flush includes their data. */
  failedFlushes: number;
  listenerFailures: number;
  /** Commands sent to Redis. */
  commands: number;
  bytes: { fine: number; coarse: number; texts: number; traces: number };
  traces: { kept: number; dropped: number };
  /** What Redis currently stores for all nodes; null when Redis did not respond. */
  redis: { tier: string; widthMs: number; keepMs: number; slots: number; bytes: number; isSampled: boolean }[] | null;
  /** The same for Postgres: tables with their indexes, and the size of each tier. */
  postgres: {
    tables: { table: string; bytes: number; rows: number }[];
    tiers: { tier: string; slots: number; bytes: number }[];
  } | null;
  /** Retention of 5 s slots, minutes by node, and minutes and hours merged over all nodes. */
  retention: { fineMs: number; nodeMinutesMs: number; minutesMs: number; hoursMs: number };
};
