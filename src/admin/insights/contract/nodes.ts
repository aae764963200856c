import type { InsightNode } from "./overview";
import { insightFilter, type InsightPeriod } from "./range";
import type { BreakerName } from "./tables";
import { z } from "@/server/rpc/zod";

/** What a node last said of itself. */
export type NodeReport = {
  role: string;
  version: string;
  startedAt: string;
  callsInFlight: number;
  pool: {
    inUse: number;
    queued: number;
    max: number;
    /** Who has held a connection longest by then; null when nobody did. */
    longest: { heldMs: number; statement: string; procedure: string | null } | null;
  };
  /** Of its connections to Redis, by name. */
  breakers: { connection: string; state: BreakerName }[];
  /** `lagMs`: how long ago the log of invalidations last answered; null when it never did. */
  cache: { epoch: number; lagMs: number | null; isTrusted: boolean };
  rssBytes: number;
  /** Of its last second, 0 to 1. */
  eventLoopUtilisation: number;
  eventLoopDelayP99Ms: number | null;
};
/** `report` is null for a node whose word of itself was not kept. */
export type NodeMetrics = InsightNode & { report: NodeReport | null };
export type InsightsNodes = {
  asOf: string;
  /** Those heard of in the last quarter of an hour, by id. */
  nodes: NodeMetrics[];
  /** How many are in each standing. */
  standings: Record<InsightNode["standing"], number>;
};

/** Of the durations of one range; null without samples. */
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
  /** Waits of all statements for a connection, zero for those that found one free. */
  wait: Spread;
  /** On one node, on average over its seconds; null when no node told. */
  inUseMean: number | null;
  queuedMean: number | null;
  /** The most on one node. */
  inUsePeak: number;
  queuedPeak: number;
  /** The largest pool of a node. */
  max: number;
  /** The longest that somebody was seen to hold a connection. */
  longestHeldMs: number;
  /** Statements turned away because the queue was full, and those that gave up waiting. */
  refused: number;
  expired: number;
  /** The pools as they are now, of the nodes that report. */
  nodes: ({ id: string } & NodeReport["pool"])[];
};

/** What observing costs and misses. Sums are over the range, all nodes together. */
export type InsightsObserver = InsightPeriod & {
  /** Of one core, 0 to 1. Flushes are measured, recording is estimated from the messages; null before the first flush. */
  cpuShare: number | null;
  messages: number;
  /** Left out because they could not be recorded or stored. */
  dropped: number;
  /** Counted under "(other)", by kind of series; kinds with none are left out. */
  capped: { kind: string; messages: number }[];
  /** Reports of nodes that could not be read: of another version, or damaged. */
  undecodable: number;
  /** Slots stored later than one flush after their end. */
  slotsLate: number;
  failedWrites: number;
  /** Flushes that broke off; what they held goes with the next. */
  failedFlushes: number;
  listenerFailures: number;
  /** Commands sent to Redis. */
  commands: number;
  bytes: { fine: number; coarse: number; texts: number; traces: number };
  traces: { kept: number; dropped: number };
  /** What is stored in Redis at the moment, all nodes together; null when it could not be asked. */
  redis: { tier: string; widthMs: number; keepMs: number; slots: number; bytes: number; isSampled: boolean }[] | null;
  /** The same in Postgres: tables with their indexes, and what of them each tier takes. */
  postgres: {
    tables: { table: string; bytes: number; rows: number }[];
    tiers: { tier: string; slots: number; bytes: number }[];
  } | null;
  /** How long what is kept: 5 s slots, minutes by node, minutes and hours of all nodes together. */
  retention: { fineMs: number; nodeMinutesMs: number; minutesMs: number; hoursMs: number };
};
