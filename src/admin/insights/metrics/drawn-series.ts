import type { DrawnSeries, HeatMap, SeriesKind, SeriesUnit, WantedSeries } from "../contract/series";
import type { Histogram } from "@weir/core/sketches/histogram";
import type { ReadRange, SeriesOf } from "@weir/telemetry";
import { fieldOf } from "./drawn-fields";
import { callDurations } from "./procedures";

/** One series over time, as it was read: null where it did nothing, or nobody reported. */
export type ReadSeries = readonly (SeriesOf[SeriesKind] | null)[];

/** These are of things that happened: where nodes reported and there was none, it is zero. */
const countable: ReadonlySet<SeriesUnit> = new Set(["count", "perSecond"]);
const alwaysThere: ReadonlySet<SeriesKind> = new Set(["pool", "process", "observer"]);

/** The values of a wanted field, one per bucket. A gap is null, and so is a figure without samples. */
export function drawValues(
  wanted: WantedSeries,
  buckets: ReadSeries,
  reported: readonly boolean[],
  { asOfMs, fromMs, stepMs }: Pick<ReadRange, "asOfMs" | "fromMs" | "stepMs">,
): (number | null)[] {
  const { unit, of } = fieldOf(wanted);
  // A process that lives always reports these: a bucket without is one that was not measured.
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

/** 2^-5 ms to 2^16 ms: the durations that anybody looks at, one band per doubling. */
const exponents = Array.from({ length: 22 }, (_, index) => index - 5);

const durationsOf: { readonly [Kind in HeatMap["kind"]]: (series: SeriesOf[Kind]) => Histogram } = {
  rpc: callDurations,
  sql: ({ durations }) => durations,
  cache: ({ hits }) => hits,
  tag: ({ hits }) => hits,
  redis: ({ durations }) => durations,
  job: ({ runs }) => runs,
  pool: ({ waits }) => waits,
  process: ({ loopDelays }) => loopDelays,
};

/** How many durations fell into each band, exactly; the first band holds all that is shorter, the last all that is longer. */
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
  // A series is handed in under its own kind.
  const durationsIn = durationsOf[kind] as (series: unknown) => Histogram;
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
