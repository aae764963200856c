import type {
  DrawnSeries,
  HeatMap,
  InsightsSeries,
  InsightsSeriesInput,
  seriesFields,
  SeriesKind,
  SeriesUnit,
  WantedSeries,
} from "../contract/series";
import type { ReadRange, SeriesOf, TelemetrySeries } from "@weir/telemetry";
import { toPeriodBefore } from "./comparison";
import { toPeriod } from "./period";
import type { Histogram } from "@weir/core/sketches/histogram";
import { callDurations } from "./rows";
import type { OutcomeName } from "../contract/overview";
import { countReads, hitRatio, loadsPer1000Reads } from "@weir/core/outcomes";
import { mergedHistogram, outcomesOf, perSecond, share } from "./timing";

type Named = { kind: SeriesKind; name: string };
const keyOf = ({ kind, name }: Named): string => `${kind} ${name}`;

/** The series to read, each once regardless of how many of its fields are requested. */
export function seriesToRead({ wanted, heatMap }: Pick<InsightsSeriesInput, "wanted" | "heatMap">): Named[] {
  const all: Named[] = [...wanted, ...(heatMap === null ? [] : [heatMap])];
  return [...new Map(all.map(({ kind, name }) => [keyOf({ kind, name }), { kind, name }])).values()];
}

/** The buckets of one of `toRead`, which `read` holds in their order. */
function bucketsOf(named: Named, toRead: readonly Named[], read: TelemetrySeries): ReadSeries {
  return read.series[toRead.findIndex((one) => keyOf(one) === keyOf(named))] ?? [];
}

function toHeatMap(
  named: NonNullable<InsightsSeriesInput["heatMap"]>,
  toRead: readonly Named[],
  read: TelemetrySeries,
): HeatMap {
  // A series read under a kind has that kind.
  const buckets = bucketsOf(named, toRead, read) as readonly (SeriesOf[HeatMap["kind"]] | null)[];
  return drawHeatMap(named, buckets, read.reported);
}

/** The requested field, computed from the series read. */
export function toSeriesAnswer(
  input: Pick<InsightsSeriesInput, "wanted" | "heatMap">,
  read: TelemetrySeries,
  before: TelemetrySeries | null,
): Omit<InsightsSeries, "marks"> {
  const toRead = seriesToRead(input);
  const draw = (wanted: InsightsSeriesInput["wanted"][number], from: TelemetrySeries) =>
    drawValues(wanted, bucketsOf(wanted, toRead, from), from.reported, from);
  return {
    ...toPeriod(read, read.reported),
    series: input.wanted.map((wanted): DrawnSeries => ({
      ...wanted,
      unit: unitOf(wanted),
      values: draw(wanted, read),
      before: before && draw(wanted, before),
    })),
    heatMap: input.heatMap && toHeatMap(input.heatMap, toRead, read),
    before: before && { ...toPeriodBefore(before, before.reported), stepMs: before.stepMs },
  };
}

/** One series over time as read: null without activity or reports. */
export type ReadSeries = readonly (SeriesOf[SeriesKind] | null)[];

/** Counts of events: zero where nodes reported none. */
const countable: ReadonlySet<SeriesUnit> = new Set(["count", "perSecond"]);
const alwaysThere: ReadonlySet<SeriesKind> = new Set(["pool", "process", "observer"]);

/** The values of a requested field, one per bucket. A gap is null, and so is a metric without samples. */
export function drawValues(
  wanted: WantedSeries,
  buckets: ReadSeries,
  reported: readonly boolean[],
  { asOfMs, fromMs, stepMs }: Pick<ReadRange, "asOfMs" | "fromMs" | "stepMs">,
): (number | null)[] {
  const { unit, of } = fieldOf(wanted);
  // A running process always reports these, so a bucket without them was not measured.
  const nothing = countable.has(unit) && !alwaysThere.has(wanted.kind) ? 0 : null;
  return reported.map((didReport, index) => {
    if (!didReport) return null;
    const series = buckets[index] ?? null;
    const passedMs = Math.min(stepMs, asOfMs - (fromMs + index * stepMs));
    return series === null ? nothing : of(series, Math.max(0, passedMs));
  });
}

export function unitOf(wanted: WantedSeries): DrawnSeries["unit"] {
  return fieldOf(wanted).unit;
}

/** 2^-5 ms to 2^16 ms: the relevant durations, one band per doubling. */
const exponents = Array.from({ length: 22 }, (_, index) => index - 5);

const durationsOfKind: { readonly [Kind in HeatMap["kind"]]: (series: SeriesOf[Kind]) => Histogram } = {
  rpc: callDurations,
  sql: ({ durations }) => durations,
  cache: ({ hits }) => hits,
  tag: ({ hits }) => hits,
  redis: ({ durations }) => durations,
  job: ({ runs }) => runs,
  pool: ({ waits }) => waits,
  process: ({ loopDelays }) => loopDelays,
};

/** Exact number of durations per band; the first band includes all shorter ones, the last all longer ones. */
export function bandsOf(durations: Histogram): number[] {
  const upTo = durations.countsUpTo(exponents);
  const bands = upTo.map((count, index) => count - (upTo[index - 1] ?? 0));
  return [...bands, durations.count - (upTo.at(-1) ?? 0)];
}

/** `buckets` are of the kind. */
export function drawHeatMap(
  { kind, name }: Pick<HeatMap, "kind" | "name">,
  buckets: readonly (SeriesOf[HeatMap["kind"]] | null)[],
  reported: readonly boolean[],
): HeatMap {
  const empty = exponents.map(() => 0);
  // A series is passed under its own kind.
  const durationsIn = durationsOfKind[kind] as (series: unknown) => Histogram;
  return {
    kind,
    name,
    edgesMs: exponents.map((exponent) => 2 ** exponent),
    counts: reported.map((didReport, index) => {
      if (!didReport) return null;
      const series = buckets[index] ?? null;
      return series === null ? [...empty, 0] : bandsOf(durationsIn(series));
    }),
  };
}

/** The value of a field for one series and bucket. `coveredMs`: how much of the bucket has elapsed. */
type Field<Series> = { unit: SeriesUnit; of: (series: Series, coveredMs: number) => number | null };
type FieldName<Kind extends SeriesKind> = (typeof seriesFields)[Kind][number];
type Fields = { readonly [Kind in SeriesKind]: Readonly<Record<FieldName<Kind>, Field<SeriesOf[Kind]>>> };

const mean = ({ count, sumMs }: Histogram): number | null => share(sumMs, count);
const most = ({ count, maxMs }: Histogram): number | null => (count === 0 ? null : maxMs);

/** The fields of all kinds with a duration. */
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

/** The fields of all kinds with reads. */
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
    loadsPerSecond: { unit: "perSecond", of: ({ loads }, coveredMs) => perSecond(loads.count, coveredMs) },
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
    waitP99Ms: { unit: "ms", of: ({ waits }) => waits.quantile(0.99) },
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

/** A field: its unit, and how to compute it from a series of its kind. */
function fieldOf({ kind, field }: WantedSeries): Field<SeriesOf[SeriesKind]> {
  // The contract allows a field only with its own kind, and the table has an entry for each.
  return Reflect.get(fields[kind], field) as Field<SeriesOf[SeriesKind]>;
}
