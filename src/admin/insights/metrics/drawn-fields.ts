import type { OutcomeName } from "../contract/overview";
import type { seriesFields, SeriesKind, SeriesUnit, WantedSeries } from "../contract/series";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { SeriesOf } from "@weir/telemetry";
import { countReads, hitRatio, loadsPer1000Reads } from "@weir/core/outcomes";
import { outcomesOf } from "./outcomes";
import { callDurations } from "./procedures";
import { mergedHistogram, perSecond, share } from "./timing";

/** What a field shows of one series over one bucket. `coveredMs`: how much of the bucket has passed. */
type Field<Series> = { unit: SeriesUnit; of: (series: Series, coveredMs: number) => number | null };
type FieldName<Kind extends SeriesKind> = (typeof seriesFields)[Kind][number];
type Fields = { readonly [Kind in SeriesKind]: Readonly<Record<FieldName<Kind>, Field<SeriesOf[Kind]>>> };

const mean = ({ count, sumMs }: Histogram): number | null => share(sumMs, count);
const most = ({ count, maxMs }: Histogram): number | null => (count === 0 ? null : maxMs);

/** The fields of all that has a duration. */
function timing<Series>(durationsOf: (series: Series) => Histogram, errorsOf: (series: Series) => number) {
  const ms = (of: (durations: Histogram) => number | null): Field<Series> => ({
    unit: "ms",
    of: (series) => of(durationsOf(series)),
  });
  const fields = {
    count: { unit: "count", of: (series) => durationsOf(series).count },
    perSecond: { unit: "perSecond", of: (series, coveredMs) => perSecond(durationsOf(series).count, coveredMs) },
    errors: { unit: "count", of: errorsOf },
    errorRatio: { unit: "ratio", of: (series) => share(errorsOf(series), durationsOf(series).count) },
    meanMs: ms(mean),
    p50Ms: ms((durations) => durations.quantile(0.5)),
    p95Ms: ms((durations) => durations.quantile(0.95)),
    p99Ms: ms((durations) => durations.quantile(0.99)),
    maxMs: ms(most),
  } as const satisfies Record<string, Field<Series>>;
  return fields;
}

/** The fields of all that is read. */
function reading<Series extends SeriesOf["cache"] | SeriesOf["tag"]>() {
  const outcome = (name: OutcomeName): Field<Series> => ({ unit: "count", of: (series) => outcomesOf([series])[name] });
  const reads = (series: Series): number => countReads(outcomesOf([series]));
  const ms = (of: (series: Series) => number | null): Field<Series> => ({ unit: "ms", of });
  const fields = {
    reads: { unit: "count", of: reads },
    perSecond: { unit: "perSecond", of: (series, coveredMs) => perSecond(reads(series), coveredMs) },
    hitRatio: { unit: "ratio", of: (series) => hitRatio(outcomesOf([series])) },
    hitL1: outcome("hitL1"),
    hitL2: outcome("hitL2"),
    coalesced: outcome("coalesced"),
    stale: outcome("stale"),
    negative: outcome("negative"),
    miss: outcome("miss"),
    error: outcome("error"),
    bypass: outcome("bypass"),
    hitP50Ms: ms(({ hits }) => hits.quantile(0.5)),
    hitP95Ms: ms(({ hits }) => hits.quantile(0.95)),
    loads: { unit: "count", of: ({ loads }) => loads.count },
    loadP50Ms: ms(({ loads }) => loads.quantile(0.5)),
    loadP95Ms: ms(({ loads }) => loads.quantile(0.95)),
  } as const satisfies Record<string, Field<Series>>;
  return fields;
}

const gcOf = ({ gc }: SeriesOf["process"]): Histogram => mergedHistogram(Object.values(gc));

const fields: Fields = {
  rpc: {
    ...timing(callDurations, ({ faults }) => faults),
    refused: { unit: "count", of: ({ failed, faults }) => failed.count - faults },
    bytes: { unit: "bytes", of: ({ bytes }) => bytes.sum },
    bytesPerCall: { unit: "bytes", of: ({ bytes }) => bytes.mean },
    statementsPerCall: { unit: "number", of: (series) => share(series.statements.sum, series.count) },
    cacheReadsPerCall: { unit: "number", of: ({ cacheReads }) => cacheReads.mean },
    inFlightPeak: { unit: "count", of: ({ inFlightPeak }) => inFlightPeak },
  },
  sql: {
    ...timing(
      ({ durations }) => durations,
      ({ errors }) => errors,
    ),
    rows: { unit: "count", of: ({ rows }) => rows },
    waitMeanMs: { unit: "ms", of: ({ waits }) => mean(waits) },
    waitP95Ms: { unit: "ms", of: ({ waits }) => waits.quantile(0.95) },
  },
  cache: {
    ...reading<SeriesOf["cache"]>(),
    loadsPer1000Reads: { unit: "number", of: (series) => loadsPer1000Reads(series.loads.count, outcomesOf([series])) },
    fillBytes: { unit: "bytes", of: ({ fillBytes }) => fillBytes },
    rejectedFills: { unit: "count", of: ({ rejectedFills }) => rejectedFills },
    evictions: { unit: "count", of: ({ evictions }) => evictions },
  },
  tag: reading<SeriesOf["tag"]>(),
  redis: {
    ...timing(
      ({ durations }) => durations,
      ({ errors }) => errors,
    ),
    opened: { unit: "count", of: ({ opened }) => opened },
  },
  job: {
    ...timing(
      ({ runs }) => runs,
      ({ errors }) => errors,
    ),
    waitP95Ms: { unit: "ms", of: ({ waits }) => waits.quantile(0.95) },
  },
  pool: {
    inUseMean: { unit: "number", of: ({ inUseMean }) => inUseMean },
    inUsePeak: { unit: "count", of: ({ inUsePeak }) => inUsePeak },
    queuedMean: { unit: "number", of: ({ queuedMean }) => queuedMean },
    queuedPeak: { unit: "count", of: ({ queuedPeak }) => queuedPeak },
    waitP50Ms: { unit: "ms", of: ({ waits }) => waits.quantile(0.5) },
    waitP95Ms: { unit: "ms", of: ({ waits }) => waits.quantile(0.95) },
    waitMaxMs: { unit: "ms", of: ({ waits }) => most(waits) },
    longestHeldMs: { unit: "ms", of: ({ longestHeldMs }) => longestHeldMs },
  },
  process: {
    utilisationMean: { unit: "ratio", of: ({ utilisationMean }) => utilisationMean },
    utilisationPeak: { unit: "ratio", of: ({ utilisationPeak }) => utilisationPeak },
    delayP50Ms: { unit: "ms", of: ({ loopDelays }) => loopDelays.quantile(0.5) },
    delayP95Ms: { unit: "ms", of: ({ loopDelays }) => loopDelays.quantile(0.95) },
    delayP99Ms: { unit: "ms", of: ({ loopDelays }) => loopDelays.quantile(0.99) },
    delayMaxMs: { unit: "ms", of: ({ loopDelays }) => most(loopDelays) },
    cpuShare: { unit: "ratio", of: ({ cpuMs, elapsedMs }) => share(cpuMs, elapsedMs) },
    rssBytes: { unit: "bytes", of: (series) => series.meanBytes("rssBytes") },
    heapUsedBytes: { unit: "bytes", of: (series) => series.meanBytes("heapUsedBytes") },
    externalBytes: { unit: "bytes", of: (series) => series.meanBytes("externalBytes") },
    gcMs: { unit: "ms", of: (series) => gcOf(series).sumMs },
    gcCount: { unit: "count", of: (series) => gcOf(series).count },
  },
  observer: {
    cpuShare: { unit: "ratio", of: ({ cpuShare }) => cpuShare },
    messages: { unit: "count", of: (series) => series.get("messages") },
    dropped: { unit: "count", of: (series) => series.get("dropped") },
    slotsLate: { unit: "count", of: (series) => series.get("slotsLate") },
    storedBytes: {
      unit: "bytes",
      of: (series) => series.get("fineBytes") + series.get("coarseBytes") + series.get("textBytes"),
    },
    commands: { unit: "count", of: (series) => series.get("commands") },
  },
};

/** What is known of a field: its unit, and how it is read from a series of its kind. */
export function fieldOf({ kind, field }: WantedSeries): Field<SeriesOf[SeriesKind]> {
  // The contract admits a field with its own kind only, and the table has a reading for each.
  return Reflect.get(fields[kind], field) as Field<SeriesOf[SeriesKind]>;
}
