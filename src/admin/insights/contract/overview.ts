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
  /** Calls that were answered with an error of the caller's making, such as NOT_FOUND. `errors` are the server's own. */
  refused: number;
};
export type StatementRow = TimingRow & {
  /** With placeholders, never with values. */
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
  /** Of reads that were answered without a load. */
  hitP95Ms: number | null;
  loadP95Ms: number | null;
  /** Runs of loads, which is what the database feels: `loadMany` counts one, failed ones, refreshes and bypasses count too. */
  loads: number;
};

/** One bucket of time; `null` where no node reported (a gap is not a zero). */
export type InsightBucket = {
  /** Begin of the bucket, ISO 8601. */
  at: string;
  outcomes: OutcomeCounts;
  calls: number;
  /** Calls that failed by a fault of the server. */
  errors: number;
  statements: number;
} | null;

/**
 * `reporting`; `silent` for ten seconds or more without a word; `stopped` in good order, so that nobody waits for it;
 * `gone`: silent for more than fifteen minutes.
 */
export type NodeStanding = "reporting" | "silent" | "stopped" | "gone";
export type InsightNode = { id: string; lastSeenAt: string; standing: NodeStanding };

/** An audit event that explains a change of the metrics: an invalidation by a user or the CLI. */
export type InsightMark = {
  id: string;
  at: string;
  kind: "invalidation";
  /** What was hit, in words: `group order.search`, `tags customer:7, orders:all`, `everything`. */
  target: string;
  /** The groups that were named; empty where tags, keys or everything were. */
  groups: string[];
  mode: "purge" | "expire";
  /** The actor, as the audit log names it. */
  by: string;
};

/** The environment. */
export type InsightsEnvironment = {
  name: "production" | "development" | "test";
  /** Host of the public origin; null where none is set, and the browser's address is as good. */
  publicHost: string | null;
  nodeId: string;
};

/** The headline metrics; null where there was nothing to measure. Rates are per second of `coveredMs`. */
export type HeadlineMetrics = {
  callsPerSecond: number | null;
  /** Of all calls together. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  /** Calls that failed by a fault of the server ÷ all calls. */
  errorRatio: number | null;
  readsPerSecond: number | null;
  hitRatio: number | null;
  loadsPer1000Reads: number | null;
  statementsPerSecond: number | null;
  /** Connections in use on one node, on average. */
  poolInUseMean: number | null;
  /** The wait of all statements for a connection. */
  poolWaitP95Ms: number | null;
  eventLoopDelayP99Ms: number | null;
  /** Of the nodes' event loops, 0 to 1, on average. */
  eventLoopUtilisation: number | null;
};
export type HeadlineName = keyof HeadlineMetrics;

/** The period of the same length just before, and what changed since. */
export type InsightsComparison = Omit<InsightPeriod, "asOf"> & {
  figures: HeadlineMetrics;
  /** Now less before, in the unit of the metric, and that as a share of before; null where either is not known. */
  deltas: Record<HeadlineName, { change: number; ratio: number | null } | null>;
};

export type InsightsOverview = InsightPeriod & {
  /** Null for a custom range. */
  range: InsightRange | null;
  /** Oldest first; the last one is still filling where the range ends now. */
  buckets: InsightBucket[];
  /** What the metrics mean: one verdict per subject, in a fixed order. */
  verdicts: Verdict[];
  figures: HeadlineMetrics;
  /** Null unless it was asked for. */
  before: InsightsComparison | null;
  nodes: InsightNode[];
  cache: {
    reads: number;
    outcomes: OutcomeCounts;
    /** (hit + stale + negative) ÷ all reads but bypass; null without reads. */
    hitRatio: number | null;
    /** Runs of loads ÷ all reads but bypass × 1000: what the database feels of the cache. Null without such reads. */
    loadsPer1000Reads: number | null;
    groups: CacheGroupRow[];
  };
  /** By total time, largest first. */
  procedures: ProcedureRow[];
  /** By total time, largest first. */
  statements: StatementRow[];
  /** Messages that recording had to leave out in this range. */
  dropped: number;
  /** Messages that were counted under "(other)", because there were more series than have a row of their own. */
  capped: number;
  /** Oldest first, the newest 100 of the range; null when they could not be read in time. */
  marks: InsightMark[] | null;
};

/** `unknown`: too little happened to judge. */
export type VerdictLevel = "healthy" | "watch" | "act" | "unknown";

/** A piece of a sentence: words, or a value that the reader formats. */
export type SentencePart = string | { count: number } | { durationMs: number } | { ratio: number } | { name: string };

/** Where the evidence of a judgement is: a part of the dashboard, and the row in it. */
export type EvidenceLink = {
  section: "outcomes" | "procedures" | "statements" | "nodes";
  /** The procedure or statement that decided; null when it is about all. */
  name: string | null;
};

/** A judgement in one sentence, with the rule it follows and where its evidence is. */
export type Verdict = {
  subject: "Cache" | "Errors" | "Pool" | "Nodes";
  level: VerdictLevel;
  sentence: SentencePart[];
  /** The rule in words, with its thresholds. */
  rule: string;
  link: EvidenceLink;
};
