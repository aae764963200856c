import { outcomeNames, type StatementRow } from "./overview";
import { comparable, insightFilter, type InsightPeriod } from "./range";
import type { PeriodBefore, StatementMetrics } from "./tables";
import { z } from "@/server/rpc/zod";

const timing = ["count", "perSecond", "errors", "errorRatio", "meanMs", "p50Ms", "p95Ms", "p99Ms", "maxMs"] as const;
const reading = ["reads", "perSecond", "hitRatio", ...outcomeNames, "hitP50Ms", "hitP95Ms", "loads"] as const;

/** What can be drawn of each kind of series. */
export const seriesFields = {
  rpc: [...timing, "refused", "bytes", "bytesPerCall", "statementsPerCall", "cacheReadsPerCall", "inFlightPeak"],
  sql: [...timing, "rows", "waitMeanMs", "waitP95Ms"],
  cache: [...reading, "loadsPer1000Reads", "loadP50Ms", "loadP95Ms", "fillBytes", "rejectedFills", "evictions"],
  tag: [...reading, "loadP50Ms", "loadP95Ms"],
  redis: [...timing, "opened"],
  job: [...timing, "waitP95Ms"],
  pool: ["inUseMean", "inUsePeak", "queuedMean", "queuedPeak", "waitP50Ms", "waitP95Ms", "waitMaxMs", "longestHeldMs"],
  process: [
    "utilisationMean",
    "utilisationPeak",
    "delayP50Ms",
    "delayP95Ms",
    "delayP99Ms",
    "delayMaxMs",
    "cpuShare",
    "rssBytes",
    "heapUsedBytes",
    "externalBytes",
    "gcMs",
    "gcCount",
  ],
  observer: ["cpuShare", "messages", "dropped", "slotsLate", "storedBytes", "commands"],
} as const;
export type SeriesKind = keyof typeof seriesFields;

/** Kinds whose durations can be drawn as a heat map: of calls, runs, hits, waits and delays. */
export const heatMapKinds = ["rpc", "sql", "cache", "tag", "redis", "job", "pool", "process"] as const;

/** The only series of its kind is called like it, and the pool `database`. */
const name = z.string().min(1).max(200);
const wanted = <Kind extends SeriesKind>(kind: Kind) =>
  z.strictObject({
    kind: z.literal(kind),
    name,
    field: z.enum(seriesFields[kind], { error: `A field of ${kind} is one of ${seriesFields[kind].join(", ")}.` }),
  });
const wantedSeries = z.discriminatedUnion("kind", [
  wanted("rpc"),
  wanted("sql"),
  wanted("cache"),
  wanted("tag"),
  wanted("redis"),
  wanted("job"),
  wanted("pool"),
  wanted("process"),
  wanted("observer"),
]);
export type WantedSeries = z.infer<typeof wantedSeries>;

const maxSeriesAtOnce = 10;
export const insightsSeriesInput = z.strictObject({
  ...insightFilter,
  ...comparable,
  wanted: z.array(wantedSeries).max(maxSeriesAtOnce).default([]),
  /** Adds the durations of one series over time. */
  heatMap: z
    .strictObject({ kind: z.enum(heatMapKinds), name })
    .nullable()
    .default(null),
});
export type InsightsSeriesInput = z.infer<typeof insightsSeriesInput>;

export type SeriesUnit = "count" | "perSecond" | "ratio" | "ms" | "bytes" | "number";
export type DrawnSeries = WantedSeries & {
  unit: SeriesUnit;
  /**
   * One per bucket. Null where no node reported, and where there was nothing to measure: a percentile without samples. A
   * count is 0 where nodes reported and it did nothing.
   */
  values: (number | null)[];
  /** The same of the period before, in its own buckets; null unless it was asked for. */
  before: (number | null)[] | null;
};
/** How many durations of each bucket of time fell into each band; a band ends at its edge and holds it. */
export type HeatMap = {
  kind: (typeof heatMapKinds)[number];
  name: string;
  /** Upper edges, rising by the factor 2. The last band has none: it holds all that is longer. */
  edgesMs: number[];
  /** Per bucket of time one count per band; null where no node reported. */
  counts: (number[] | null)[];
};
export type InsightsSeries = InsightPeriod & {
  series: DrawnSeries[];
  heatMap: HeatMap | null;
  before: (NonNullable<PeriodBefore> & { stepMs: number }) | null;
};

export const insightsStatementInput = z.strictObject({ ...insightFilter, name });
export type InsightsStatementInput = z.infer<typeof insightsStatementInput>;

/** Durations longer than `fromMs` and up to `toMs`; the last has no end. */
export type HistogramBar = { fromMs: number; toMs: number | null; count: number };
export type StatementTrendPoint = {
  at: string;
  count: number;
  errors: number;
  meanMs: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  waitP95Ms: number | null;
} | null;
export type InsightsStatement = InsightPeriod & {
  name: string;
  /** Whole, with placeholders; null when no node remembers it. */
  text: StatementRow["text"] | null;
  /** Null when it did not run in this range. */
  figures: StatementMetrics | null;
  /** Eight bars per doubling, from the shortest to the longest that occurred; those between them may be empty. */
  histogram: HistogramBar[];
  waitHistogram: HistogramBar[];
  /** One point per bucket; null where no node reported. */
  trend: StatementTrendPoint[];
};
