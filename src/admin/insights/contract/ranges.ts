// No schemas here: pages import these values, and zod would be two fifths of their code.

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The named ranges, which end now. Their last bucket is still filling. */
export const insightRanges = {
  "5m": { rangeMs: 5 * minuteMs, stepMs: 5_000 },
  "15m": { rangeMs: 15 * minuteMs, stepMs: 5_000 },
  "1h": { rangeMs: hourMs, stepMs: minuteMs },
  "6h": { rangeMs: 6 * hourMs, stepMs: minuteMs },
  "24h": { rangeMs: dayMs, stepMs: 5 * minuteMs },
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

/** The length of a custom range. A chart zooms no further in than the minimum, which is the finest bucket. */
export const minRangeMs = 5_000;
export const maxRangeDays = 90;
export const maxRangeMs = maxRangeDays * dayMs;
/** Maximum number of buckets in a response. */
export const maxBuckets = 400;

/** How often a range has new values, in ms. Long ranges change slowly and cost the store more. */
export const liveEveryMs = {
  "5m": 1_000,
  "15m": 2_000,
  "1h": 5_000,
  "6h": 10_000,
  "24h": 30_000,
  "7d": minuteMs,
  "30d": minuteMs,
  "90d": minuteMs,
} as const satisfies Record<InsightRange, number>;
