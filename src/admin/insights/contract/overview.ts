import { comparable, insightFilter, type InsightPeriod, type InsightRange } from "./range";
import type { OutcomeCounts } from "@weir/core/outcomes";
import { z } from "@/server/rpc/zod";

export * from "@weir/core/outcomes";

export const insightsOverviewInput = z.strictObject({ ...insightFilter, ...comparable }).prefault({});
export type InsightsOverviewInput = z.infer<typeof insightsOverviewInput>;

/** Timings of one series. Percentiles come from merged histograms (≤ 5 % relative error); null without samples. */
export type TimingRow = {
  name: string;
  count: number;
  errors: number;
  meanMs: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  /** Exact. */
  maxMs: number | null;
  totalMs: number;
};
export type ProcedureRow = TimingRow & {
  /** Calls that failed with a client error such as NOT_FOUND. `errors` counts server errors. */
  refused: number;
};
export type StatementRow = TimingRow & {
  /** Contains placeholders, never values. */
  text: string;
  rows: number;
  waitP95Ms: number | null;
  waitTotalMs: number;
};
export type CacheGroupRow = {
  group: string;
  reads: number;
  outcomes: OutcomeCounts;
  hitRatio: number | null;
  /** Durations of reads served without a load. */
  hitP95Ms: number | null;
  loadP95Ms: number | null;
  /** Load runs, the cache's cost for the database. A `loadMany` counts as one; failures, refreshes and bypasses count too. */
  loads: number;
};

/** One bucket of time; `null` where no node reported (a gap is not a zero). */
export type InsightBucket = {
  /** Start of the bucket, ISO 8601. */
  at: string;
  outcomes: OutcomeCounts;
  calls: number;
  /** Calls that failed with a server error. */
  errors: number;
  statements: number;
} | null;

/**
 * `reporting`; `silent`: no report for ten seconds or more; `stopped`: shut down cleanly, so no report is expected;
 * `gone`: silent for more than fifteen minutes.
 */
export type NodeStanding = "reporting" | "silent" | "stopped" | "gone";
export type InsightNode = {
  id: string;
  lastSeenAt: string;
  standing: NodeStanding;
  /** How far the node's clock is ahead of the others, negative behind; null unless that is more than ten seconds. */
  clockSkewMs: number | null;
};

/** A store, or the clock, of the responding node while it is degraded or down. */
export type InsightTrouble = {
  /** `Postgres (DATABASE_URL)`. */
  label: string;
  state: "degraded" | "down";
  /** The server's or system's message. */
  detail: string;
  /** Calls fail because of it. */
  isCritical: boolean;
};

/** What happened to a service that the application runs itself. */
export type InsightServiceNote = { text: string; isDown: boolean };

/** What the metrics of every page depend on: the stores of the responding node, and the nodes that report. */
export type InsightsStatus = {
  /** ISO 8601. */
  asOf: string;
  /** By ID. Null when they cannot be read: Redis holds their reports. */
  nodes: InsightNode[] | null;
  /** Empty while all stores are well. */
  troubles: InsightTrouble[];
};

/** An audit event that explains a change of the metrics: an invalidation by a user or the CLI. */
export type InsightMark = {
  id: string;
  at: string;
  kind: "invalidation";
  /** The target in words: `group order.search`, `tags customer:7, orders:all`, `everything`. */
  target: string;
  /** The targeted groups; empty when tags, keys or everything were targeted. */
  groups: string[];
  mode: "purge" | "expire";
  /** The actor, as the audit log names it. */
  by: string;
};

/** The environment. */
export type InsightsEnvironment = {
  name: "production" | "development" | "test";
  /** Host of the public origin; null when none is set, and the page shows the browser's address. */
  publicHost: string | null;
  nodeId: string;
};

/** The headline metrics; null without data. Rates are per second of `coveredMs`. */
export type HeadlineMetrics = {
  callsPerSecond: number | null;
  /** Over all calls. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  /** Calls that failed with a server error ÷ all calls. */
  errorRatio: number | null;
  readsPerSecond: number | null;
  hitRatio: number | null;
  loadsPer1000Reads: number | null;
  statementsPerSecond: number | null;
  /** Connections in use on one node, on average. */
  poolInUseMean: number | null;
  /** Wait for a connection, over all statements. */
  poolWaitP95Ms: number | null;
  eventLoopDelayP99Ms: number | null;
  /** Average event-loop utilization of the nodes, 0 to 1. */
  eventLoopUtilisation: number | null;
};
export type HeadlineName = keyof HeadlineMetrics;

/** The previous period of the same length, and the change since. */
export type InsightsComparison = Omit<InsightPeriod, "asOf"> & {
  figures: HeadlineMetrics;
  /**
   * Current minus previous value in the metric's unit, and the same relative to the previous value; null if either is
   * unknown.
   */
  deltas: Record<HeadlineName, { change: number; ratio: number | null } | null>;
};

export type InsightsOverview = InsightPeriod & {
  /** Null for a custom range. */
  range: InsightRange | null;
  /** Oldest first; the last one is still filling where the range ends now. */
  buckets: InsightBucket[];
  /**
   * What the metrics mean: one verdict per subject, in a fixed order. `Stores` comes first, and only while a store of the
   * node that answers is not as it should be.
   */
  verdicts: Verdict[];
  figures: HeadlineMetrics;
  /** Null unless requested. */
  before: InsightsComparison | null;
  nodes: InsightNode[];
  cache: {
    reads: number;
    outcomes: OutcomeCounts;
    /** (hit + stale + negative) ÷ all reads except bypass; null without reads. */
    hitRatio: number | null;
    /** Load runs ÷ all reads except bypass × 1000: the cache's cost for the database. Null without such reads. */
    loadsPer1000Reads: number | null;
    groups: CacheGroupRow[];
  };
  /** By total time, largest first. */
  procedures: ProcedureRow[];
  /** By total time, largest first. */
  statements: StatementRow[];
  /** Messages that telemetry dropped in this range. */
  dropped: number;
  /** Messages counted under "(other)", because there were more series than rows. */
  capped: number;
  /** Oldest first, the newest 100 of the range; null when they could not be read in time. */
  marks: InsightMark[] | null;
};

/** `unknown`: too little happened to judge. */
export type VerdictLevel = "healthy" | "watch" | "act" | "unknown";

/** Part of a sentence: words, or a value that the client formats. */
export type SentencePart = string | { count: number } | { durationMs: number } | { ratio: number } | { name: string };

/** Where the evidence for a verdict is: a section of the dashboard, and a row in it. */
export type EvidenceLink = {
  section: "outcomes" | "procedures" | "statements" | "nodes";
  /** The deciding procedure or statement; null when the verdict covers all. */
  name: string | null;
};

/** A verdict in one sentence, with its rule and the location of its evidence. */
export type Verdict = {
  subject: "Stores" | "Cache" | "Errors" | "Pool" | "Nodes" | "Services";
  level: VerdictLevel;
  sentence: SentencePart[];
  /** The rule in words, with its thresholds. */
  rule: string;
  link: EvidenceLink;
};
