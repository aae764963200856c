import { z } from "./zod";

/** The ranges that can be asked for, with the width of one bucket. */
export const insightRanges = {
  "5m": { rangeMs: 300_000, stepMs: 5_000 },
  "15m": { rangeMs: 900_000, stepMs: 5_000 },
  "1h": { rangeMs: 3_600_000, stepMs: 60_000 },
  "6h": { rangeMs: 21_600_000, stepMs: 60_000 },
  "24h": { rangeMs: 86_400_000, stepMs: 300_000 },
} as const;
export type InsightRange = keyof typeof insightRanges;

export const insightsOverviewInput = z
  .strictObject({
    range: z.enum(["5m", "15m", "1h", "6h", "24h"]).default("5m"),
    /** Adds what the dashboard itself and background work did (rule T3: left out unless wanted). */
    includeAdmin: z.boolean().default(false),
  })
  .prefault({});
export type InsightsOverviewInput = z.infer<typeof insightsOverviewInput>;

/** The reads of one period by how they ended; hits are split by tier. One order everywhere. */
export const outcomeNames = ["hitL1", "hitL2", "coalesced", "stale", "negative", "miss", "error", "bypass"] as const;
export type OutcomeName = (typeof outcomeNames)[number];
export type OutcomeCounts = Record<OutcomeName, number>;

/** How many reads were answered without waiting for a load: those whose times `hitP95Ms` tells. */
export function readsWithoutLoad({ hitL1, hitL2, stale, negative }: OutcomeCounts): number {
  return hitL1 + hitL2 + stale + negative;
}

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

export type InsightNode = { id: string; lastSeenAt: string };

/** An act of somebody that explains a change of the figures: an invalidation that was asked for by a person or the CLI. */
export type InsightMark = {
  id: string;
  at: string;
  kind: "invalidation";
  /** What was hit, in words: `group city.search`, `tags country:JP, cities:all`, `everything`. */
  target: string;
  /** The groups that were named; empty where tags, keys or everything were. */
  groups: string[];
  mode: "purge" | "expire";
  /** Who did it, as the audit log names them. */
  by: string;
};

/** Where one is. */
export type InsightsEnvironment = {
  name: "production" | "development" | "test";
  /** Host of the public origin; null where none is set, and the browser's address is as good. */
  publicHost: string | null;
  nodeId: string;
};

export type InsightsOverview = {
  asOf: string;
  range: InsightRange;
  /** Begin of the first bucket, ISO 8601. */
  from: string;
  stepMs: number;
  /** Oldest first; the last one is still filling. */
  buckets: InsightBucket[];
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
  /** Oldest first, the newest 100 of the range; null when they could not be read in time. */
  marks: InsightMark[] | null;
};
