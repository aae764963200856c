import { z } from "@/server/rpc/zod";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The ranges that have a name: they end now. The last of their buckets is still filling. */
export const insightRanges = {
  "5m": { rangeMs: 300_000, stepMs: 5_000 },
  "15m": { rangeMs: 900_000, stepMs: 5_000 },
  "1h": { rangeMs: hourMs, stepMs: 60_000 },
  "6h": { rangeMs: 6 * hourMs, stepMs: 60_000 },
  "24h": { rangeMs: dayMs, stepMs: 300_000 },
  "7d": { rangeMs: 7 * dayMs, stepMs: hourMs },
  "30d": { rangeMs: 30 * dayMs, stepMs: 2 * hourMs },
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
] as const satisfies readonly InsightRange[];

const maxRangeDays = 90;
/** No answer has more buckets than this. */
export const maxBuckets = 400;
const minRangeMs = 5_000;

const instant = z.iso
  .datetime({ offset: true, error: "An instant is written as in ISO 8601, for example 2026-01-31T12:00:00Z." })
  .max(40);
/** From an instant on, up to one that it does not hold. What lies in the future is cut off. */
const customRange = z.strictObject({ from: instant, to: instant }).superRefine(({ from, to }, context) => {
  const lengthMs = Date.parse(to) - Date.parse(from);
  if (lengthMs < minRangeMs) {
    context.addIssue({ code: "custom", path: ["to"], message: "A range ends at least 5 s after its begin." });
  } else if (lengthMs > maxRangeDays * dayMs) {
    context.addIssue({ code: "custom", path: ["from"], message: `A range is at most ${maxRangeDays} days long.` });
  }
});

/** What every request for metrics may contain. */
export const insightFilter = {
  range: z
    .union([z.enum(insightRangeNames), customRange], {
      error: `A range is one of ${insightRangeNames.join(", ")}, or { from, to }.`,
    })
    .default("5m"),
  /** Only what these nodes counted; all of them when null. */
  nodes: z.array(z.string().min(1).max(200)).min(1).max(50).nullable().default(null),
  /** Adds what the dashboard itself and background work did (rule T3: left out unless wanted). */
  includeAdmin: z.boolean().default(false),
};
export const comparable = {
  /** Adds the metrics of the period of the same length just before. */
  compare: z.boolean().default(false),
};
export const insightFilterSchema = z.strictObject(insightFilter);
export type InsightFilter = z.infer<typeof insightFilterSchema>;

/**
 * Why something is missing: a store did not answer, or not in time; it is older than what is kept; or single nodes were
 * asked for, which are told apart for a few hours only.
 */
export type MissingWhy = "redis" | "postgres" | "deadline" | "not-kept" | "per-node";
/** A part of the asked time of which nothing could be read. */
export type MissingPart = { from: string; to: string; why: MissingWhy };

/** What an answer is about, and how much of it was there to be read. */
export type InsightPeriod = {
  /** When the metrics were read, ISO 8601. */
  asOf: string;
  /** Begin of the first bucket and end of the time asked for, ISO 8601: whole buckets, and up to now. */
  from: string;
  to: string;
  /** Width of one bucket. */
  stepMs: number;
  coverage: InsightCoverage;
};
export type InsightCoverage = {
  /** Time of the buckets in which a node reported: what rates are told per second of. Gaps are no part of it. */
  coveredMs: number;
  /** What could not be read, oldest first; empty when all was. A gap in which no node ran is not missing. */
  missing: MissingPart[];
};
