import { storedText, z } from "@/server/rpc/zod";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The named ranges, which end now. Their last bucket is still filling. */
export const insightRanges = {
  "5m": { rangeMs: 300_000, stepMs: 5_000 },
  "15m": { rangeMs: 900_000, stepMs: 5_000 },
  "1h": { rangeMs: hourMs, stepMs: 60_000 },
  "6h": { rangeMs: 6 * hourMs, stepMs: 60_000 },
  "24h": { rangeMs: dayMs, stepMs: 300_000 },
  "7d": { rangeMs: 7 * dayMs, stepMs: hourMs },
  "30d": { rangeMs: 30 * dayMs, stepMs: 2 * hourMs },
  "90d": { rangeMs: 90 * dayMs, stepMs: 6 * hourMs },
} as const;
export type InsightRange = keyof typeof insightRanges;
export const insightRangeNames = [
  "5m",
  "15m",
  "1h",
  "6h",
  "24h",
  "7d",
  "30d",
  "90d",
] as const satisfies readonly InsightRange[];

const maxRangeDays = 90;
/** The length of a custom range. A chart zooms no further in than the minimum, which is the finest bucket. */
export const minRangeMs = 5_000;
export const maxRangeMs = maxRangeDays * dayMs;
/** Maximum number of buckets in a response. */
export const maxBuckets = 400;

const instant = z.iso
  .datetime({ offset: true, error: "A point in time must be ISO 8601, for example 2026-01-31T12:00:00Z." })
  .max(40)
  // Postgres and ISO 8601 count the years before the first differently.
  .refine((text) => !(Date.parse(text) < 0), "A point in time must be in 1970 or later.");
/** From `from` (inclusive) to `to` (exclusive). The part in the future is cut off. */
const customRange = z.strictObject({ from: instant, to: instant }).superRefine(({ from, to }, context) => {
  const lengthMs = Date.parse(to) - Date.parse(from);
  if (lengthMs < minRangeMs) {
    context.addIssue({ code: "custom", path: ["to"], message: "A range must end at least 5 s after it starts." });
  } else if (lengthMs > maxRangeMs) {
    context.addIssue({ code: "custom", path: ["from"], message: `A range can be at most ${maxRangeDays} days long.` });
  }
});

/** The filters of every metrics request. */
export const insightFilter = {
  range: z
    .union([z.enum(insightRangeNames), customRange], {
      error: `A range must be one of ${insightRangeNames.join(", ")}, or { from, to }.`,
    })
    .default("5m"),
  /** Only these nodes; all nodes when null. */
  nodes: z.array(storedText(200).min(1)).min(1).max(50).nullable().default(null),
  /** Includes traffic of the dashboard and of background work (rule T3: excluded by default). */
  includeAdmin: z.boolean().default(false),
};
export const comparable = {
  /** Includes the metrics of the previous period of the same length. */
  compare: z.boolean().default(false),
};
export const insightFilterSchema = z.strictObject(insightFilter);
export type InsightFilter = z.infer<typeof insightFilterSchema>;
/** From `from` (inclusive) to `to` (exclusive), ISO 8601. */
export type CustomRange = z.infer<typeof customRange>;

/**
 * Why data is missing: a store failed or timed out; the data is past its retention; or single nodes were requested,
 * which are stored separately for a few hours only.
 */
export type MissingWhy = "redis" | "postgres" | "deadline" | "not-kept" | "per-node" | "undecodable";
/** A part of the requested time for which nothing could be read. */
export type MissingPart = { from: string; to: string; why: MissingWhy };

/** The period of a response, and how much of it could be read. */
export type InsightPeriod = {
  /** When the metrics were read, ISO 8601. */
  asOf: string;
  /** Start of the first bucket and end of the requested time, ISO 8601: whole buckets, up to now. */
  from: string;
  to: string;
  /** Width of one bucket. */
  stepMs: number;
  coverage: InsightCoverage;
};
export type InsightCoverage = {
  /** Total time of the buckets in which a node reported, without gaps. Rates are per second of this time. */
  coveredMs: number;
  /** What could not be read, oldest first; empty when everything was. A gap in which no node ran does not count as missing. */
  missing: MissingPart[];
};
