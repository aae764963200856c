import { insightRangeNames, maxRangeDays, maxRangeMs, minRangeMs } from "./ranges";
import { storedText, z } from "@/server/rpc/zod";

export * from "./ranges";

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
