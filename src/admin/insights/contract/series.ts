import { type InsightMark, outcomeNames, type StatementRow } from "./overview";
import { comparable, insightFilter, type InsightPeriod } from "./range";
import type { PeriodBefore, StatementMetrics } from "./tables";
import { storedText, z } from "@/server/rpc/zod";

const timing = ["count", "perSecond", "errors", "errorRatio", "meanMs", "p50Ms", "p95Ms", "p99Ms", "maxMs"] as const;
const reading = ["reads", "perSecond", "hitRatio", ...outcomeNames, "hitP50Ms", "hitP95Ms"] as const;
const loading = ["loads", "loadsPerSecond", "loadP50Ms", "loadP95Ms"] as const;

/** The fields that can be charted for each kind of series. */
export const seriesFields = {
  rpc: [...timing, "refused", "bytes", "bytesPerCall", "statementsPerCall", "cacheReadsPerCall", "inFlightPeak"],
  sql: [...timing, "rows", "waitMeanMs", "waitP95Ms"],
  cache: [...reading, ...loading, "loadsPer1000Reads", "fillBytes", "rejectedFills", "evictions"],
  tag: [...reading, ...loading],
  redis: [...timing, "opened"],
  job: [...timing, "waitP95Ms"],
  pool: [
    "inUseMean",
    "inUsePeak",
    "queuedMean",
    "queuedPeak",
    "waitP50Ms",
    "waitP95Ms",
    "waitP99Ms",
    "waitMaxMs",
    "longestHeldMs",
  ],
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

/** Kinds whose durations can be charted as a heat map: calls, runs, hits, waits and delays. */
export const heatMapKinds = ["rpc", "sql", "cache", "tag", "redis", "job", "pool", "process"] as const;

/**
 * A procedure, statement, group, family or command; `*` is all of the kind, merged. A kind with a single series uses its own
 * name, and the pool is named `database`.
 */
const name = storedText(200).min(1);
const wanted = <Kind extends SeriesKind>(kind: Kind) =>
  z.strictObject({
    kind: z.literal(kind),
    name,
    field: z.enum(seriesFields[kind], { error: `A field of ${kind} must be one of ${seriesFields[kind].join(", ")}.` }),
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
  /** Includes the durations of one series over time. */
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
   * One value per bucket. Null where no node reported, and for a percentile without samples. A count is 0 where nodes
   * reported no activity.
   */
  values: (number | null)[];
  /** The same for the previous period, in its own buckets; null unless requested. */
  before: (number | null)[] | null;
};
/** Number of durations per time bucket and band; a band includes its upper edge. */
export type HeatMap = {
  kind: (typeof heatMapKinds)[number];
  name: string;
  /** Upper edges, each twice the previous one. The last band has no edge and holds all longer durations. */
  edgesMs: number[];
  /** One count per band for each time bucket; null where no node reported. */
  counts: (number[] | null)[];
};
export type InsightsSeries = InsightPeriod & {
  series: DrawnSeries[];
  heatMap: HeatMap | null;
  before: (NonNullable<PeriodBefore> & { stepMs: number }) | null;
  /** The invalidations in this range, oldest first; null when they could not be read in time. */
  marks: InsightMark[] | null;
};

export const insightsStatementInput = z.strictObject({ ...insightFilter, name });
export type InsightsStatementInput = z.infer<typeof insightsStatementInput>;

/** Durations longer than `fromMs` and up to `toMs`; the last bar has no upper bound. */
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
  /** The full text, with placeholders; null when no node has it. */
  text: StatementRow["text"] | null;
  /** Null when the statement did not run in this range. */
  figures: StatementMetrics | null;
  /** Eight bars per doubling, from the shortest to the longest duration; bars in between may be empty. */
  histogram: HistogramBar[];
  waitHistogram: HistogramBar[];
  /** One point per bucket; null where no node reported. */
  trend: StatementTrendPoint[];
};
