import type { DrawnSeries, HeatMap, InsightsSeries, InsightsSeriesInput, SeriesKind } from "../contract/series";
import type { SeriesOf, TelemetrySeries } from "@weir/telemetry";
import { toPeriodBefore } from "./comparison";
import { drawHeatMap, drawValues, type ReadSeries, unitOf } from "./drawn-series";
import { toPeriod } from "./period-answer";

type Named = { kind: SeriesKind; name: string };
const keyOf = ({ kind, name }: Named): string => `${kind} ${name}`;

/** The series to be read, each once however many of its fields are wanted. */
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
  // What was read under a kind is of that kind.
  const buckets = bucketsOf(named, toRead, read) as readonly (SeriesOf[HeatMap["kind"]] | null)[];
  return drawHeatMap(named, buckets, read.reported);
}

/** What was asked for, drawn from what was read of it. */
export function toSeriesAnswer(
  input: Pick<InsightsSeriesInput, "wanted" | "heatMap">,
  read: TelemetrySeries,
  before: TelemetrySeries | null,
): InsightsSeries {
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
