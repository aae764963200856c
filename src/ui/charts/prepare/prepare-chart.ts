import { formatCount, formatShare, type Reading, readAloud } from "../../format/numbers";
import {
  type ChartMarker,
  type ChartSeries,
  type ChartSource,
  type ChartThreshold,
  type LinesSource,
  minSamples,
  type SeriesLook,
  seriesLooks,
  type StackSource,
} from "../chart-source";
import { prepareHeatMap } from "./prepare-heat-map";
import type { Layer, LegendEntry, PlacedMarker, PreparedChart, PrepareView } from "./prepared";
import { seriesSentence } from "./sentence";
import { intervalWords, timeTicks, zoneNote } from "./time-axis";
import { readingOf, valueAxis } from "./value-axis";

/** Room that a label of the time axis and one of the value axis needs. */
const tickWidthPx = 72;
const tickHeightPx = 36;

type Grid = { from: number; stepSeconds: number; length: number; isFilling: boolean };

const lookOf = (series: ChartSeries, index: number): SeriesLook =>
  series.look ?? seriesLooks[index % seriesLooks.length] ?? { colorVariable: "--accent", pattern: "solid" };

/** Gaps side by side are one. A gap is where no series has a value. */
function gapsOf({ from, stepSeconds, length }: Grid, isGap: (index: number) => boolean): PreparedChart["gaps"] {
  const gaps: PreparedChart["gaps"] = [];
  for (let index = 0; index < length; index += 1) {
    if (!isGap(index)) continue;
    const start = from + index * stepSeconds;
    const before = gaps.at(-1);
    if (before !== undefined && Math.abs(before.to - start) < 1e-6) before.to = start + stepSeconds;
    else gaps.push({ from: start, to: start + stepSeconds });
  }
  return gaps;
}

/** Markers outside the chart are left out; one that began before it and lasts into it is kept. */
function placeMarkers(markers: readonly ChartMarker[], grid: Grid, view: PrepareView): PlacedMarker[] {
  const end = grid.from + grid.length * grid.stepSeconds;
  return markers
    .flatMap((marker): PlacedMarker[] => {
      const at = Date.parse(marker.at) / 1000;
      const until = marker.until === undefined || marker.until === null ? null : Date.parse(marker.until) / 1000;
      if (Number.isNaN(at) || at >= end || (until ?? at) < grid.from) return [];
      const index = Math.max(0, Math.floor((at - grid.from) / grid.stepSeconds));
      return [{ ...marker, at, until, index, time: view.clock.time(at, 1) }];
    })
    .toSorted((a, b) => a.at - b.at);
}

/** The value of the period before for each interval, matched by its place in the period. Its intervals may be wider. */
function alignBefore(
  values: readonly (number | null)[],
  before: { from: string; stepMs: number },
  { from, stepSeconds, length }: Grid,
  unit: LinesSource["unit"],
): (number | null)[] {
  const widthSeconds = before.stepMs / 1000;
  const shift = from - length * stepSeconds - Date.parse(before.from) / 1000;
  // A count over a wider interval is the count of several.
  const factor = unit === "count" || unit === "bytes" ? stepSeconds / widthSeconds : 1;
  return Array.from({ length }, (_, index) => {
    const value = values[Math.floor(((index + 0.5) * stepSeconds + shift) / widthSeconds)] ?? null;
    return value === null ? null : value * (unit === "count" ? factor : 1);
  });
}

/** Indexes of values without a neighbour. */
const dotsIn = (values: readonly (number | null)[]): number[] =>
  values.flatMap((value, index) =>
    value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null ? [index] : [],
  );

/** Divides a line into its parts by how sure they are. Each part ends where the next one begins. */
function lineLayers(
  look: SeriesLook,
  values: readonly (number | null)[],
  isFilling: (index: number) => boolean,
  isLow: (index: number) => boolean,
): Layer[] {
  const kindInto = (index: number): Layer["kind"] =>
    isFilling(index) ? "filling" : isLow(index) || isLow(index - 1) ? "faint" : "line";
  const dots = dotsIn(values);
  return (["faint", "filling", "line"] as const).flatMap((kind) => {
    const part = values.map((value, index) =>
      value !== null && (kindInto(index) === kind || (index + 1 < values.length && kindInto(index + 1) === kind))
        ? value
        : null,
    );
    const own = dots.filter((index) => kind === (isFilling(index) ? "filling" : isLow(index) ? "faint" : "line"));
    return part.some((value) => value !== null) ? [{ look, values: part, kind, dots: own }] : [];
  });
}

/** A threshold far above the values would flatten them: it is named below the chart instead. */
function reachableThresholds(thresholds: readonly ChartThreshold[], highest: number) {
  const isNear = ({ value }: ChartThreshold): boolean => value <= highest * 2.5;
  return { shown: thresholds.filter(isNear), far: thresholds.filter((one) => !isNear(one)) };
}

/** Readings of one series by interval. `overall` is the value without a selected interval. */
function legendEntry(
  series: ChartSeries,
  index: number,
  source: LinesSource | StackSource,
  overall: number | null,
  before: readonly (number | null)[] | null,
  totalAt: (index: number | null) => number | null,
  hidden: ReadonlySet<string>,
): LegendEntry {
  const numberAt = (at: number | null): number | null => (at === null ? overall : (series.values[at] ?? null));
  return {
    id: series.id,
    label: series.label,
    meaning: series.meaning ?? series.label,
    look: lookOf(series, index),
    isShown: !hidden.has(series.id),
    numberAt,
    valueAt: (at) => readingOf(source.unit, numberAt(at)),
    shareAt: (at) => {
      if (source.shape !== "stack") return null;
      const [value, total] = [numberAt(at), totalAt(at)];
      return formatShare(value === null || total === null || total === 0 ? null : value / total);
    },
    beforeAt: (at): Reading | null =>
      before === null || at === null ? null : readingOf(source.unit, before[at] ?? null),
  };
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Prepares a chart for a place of the given size: everything that is drawn or said is decided here. */
export function prepareChart(source: ChartSource, view: PrepareView): PreparedChart {
  const { clock } = view;
  const length =
    source.shape === "heatMap"
      ? source.counts.length
      : source.series.reduce((most, { values }) => Math.max(most, values.length), 0);
  const from = Date.parse(source.from) / 1000;
  const stepSeconds = source.stepMs / 1000;
  const to = from + length * stepSeconds;
  const grid = { from, stepSeconds, length, isFilling: length > 0 && Date.parse(source.to) / 1000 < to };
  const isFilling = (index: number): boolean => grid.isFilling && index === length - 1;
  const isLow = (index: number): boolean => {
    const count = source.samples?.[index] ?? null;
    return count !== null && count < minSamples;
  };
  const body =
    source.shape === "heatMap"
      ? prepareHeatMap(source, view)
      : source.shape === "stack"
        ? prepareStack(source, grid, view)
        : prepareLines(source, grid, view, isFilling, isLow);
  const gaps = gapsOf(grid, body.isGap);
  const markers = placeMarkers(source.markers ?? [], grid, view);
  const wordsOf = (index: number): string =>
    intervalWords(from + index * stepSeconds, stepSeconds, view.nowSeconds, clock);
  const noteOf = (index: number): string =>
    isFilling(index) ? "incomplete" : isLow(index) ? `${formatCount(source.samples?.[index] ?? 0)} samples` : "";
  const sampled = sumOf(source.samples ?? []);
  const isScarce = source.shape !== "lines" && sampled !== null && sampled > 0 && sampled < minSamples;
  const hasLow = source.samples?.some((count, index) => count !== null && count > 0 && isLow(index)) ?? false;
  const summary = [
    `${source.title}.`,
    ...(body.isEmpty
      ? ["No values in this range."]
      : body.sentences((index) => clock.time(from + index * stepSeconds, stepSeconds))),
    ...(source.facts ?? []),
    ...(markers.length === 0 ? [] : [`${plural(markers.length, "marker")}.`]),
    ...(gaps.length === 0 || body.isEmpty ? [] : ["Nothing was reported for part of the time."]),
  ];
  return {
    shape: source.shape,
    title: source.title,
    span: { from, to },
    stepSeconds,
    times: Array.from({ length }, (_, index) => from + (index + 0.5) * stepSeconds),
    x: timeTicks(from, to, Math.floor(view.widthPx / tickWidthPx), clock),
    y: body.y,
    layers: body.layers,
    columnGap: view.widthPx / Math.max(1, length) >= 6 ? 0.1 : 0,
    cells: body.cells,
    strengths: body.strengths,
    gaps,
    filling:
      grid.isFilling && !gaps.some((gap) => gap.to >= to)
        ? { from: to - stepSeconds, to, top: body.topAt(length - 1) }
        : null,
    thresholds: body.thresholds,
    markers,
    legend: body.legend,
    totalAt: body.totalAt,
    wordsAt: (index) => {
      if (index === null) return body.restWords(wordsOf);
      const gap = body.isGap(index) ? "nothing reported" : "";
      return [wordsOf(index), gap === "" ? noteOf(index) : gap].filter((part) => part !== "").join(", ");
    },
    rows: Array.from({ length }, (_, offset) => {
      const index = length - 1 - offset;
      return {
        index,
        words: wordsOf(index),
        note: noteOf(index),
        cells: body.isGap(index) ? null : body.cellsAt(index),
        markers: markers.filter((marker) => marker.index === index),
      };
    }),
    columns: body.columns,
    summary: summary.join(" "),
    notes: [
      ...(gaps.length === 0 ? [] : ["Hatched: nothing was reported."]),
      ...(source.shape === "lines" && hasLow ? [`Faded: fewer than ${minSamples} samples.`] : []),
      ...(isScarce ? [`Faded: fewer than ${minSamples} samples in this range.`] : []),
      ...(grid.isFilling ? ["Dashed: incomplete."] : []),
      ...body.notes,
      ...(source.markers === null ? ["The audit log is unavailable, so no events are marked."] : []),
      ...(source.notes ?? []),
    ],
    zone: zoneNote(from, to, clock),
    isFaded: isScarce,
    isEmpty: body.isEmpty,
  };
}

/** What differs between the shapes. */
export type ChartBody = Pick<
  PreparedChart,
  "y" | "layers" | "cells" | "strengths" | "thresholds" | "legend" | "totalAt" | "columns" | "isEmpty" | "notes"
> & {
  isGap: (index: number) => boolean;
  topAt: (index: number) => number;
  cellsAt: (index: number) => string[];
  /** What the values mean while no interval is selected. */
  restWords: (wordsOf: (index: number) => string) => string;
  sentences: (timeAt: (index: number) => string) => string[];
};

const at = (values: readonly (number | null)[], index: number): number | null => values[index] ?? null;
const ticksFor = ({ heightPx }: PrepareView): number => Math.max(2, Math.floor(heightPx / tickHeightPx));
const highestOf = (rows: readonly (readonly (number | null)[])[]): number => {
  let highest = 0;
  for (const row of rows) for (const value of row) if (value !== null && value > highest) highest = value;
  return highest;
};

function prepareLines(
  source: LinesSource,
  grid: Grid,
  view: PrepareView,
  isFilling: (index: number) => boolean,
  isLow: (index: number) => boolean,
): ChartBody {
  const { unit } = source;
  const lastComplete = grid.length - (grid.isFilling ? 2 : 1);
  const all = source.series.map((series, index) => ({
    series,
    look: lookOf(series, index),
    before: source.before && series.before ? alignBefore(series.before, source.before, grid, unit) : null,
  }));
  const shown = all.filter(({ series }) => !view.hidden.has(series.id));
  const highest = highestOf(
    shown.flatMap(({ series, before }) => (before === null ? [series.values] : [series.values, before])),
  );
  const { shown: thresholds, far } = reachableThresholds(source.thresholds ?? [], highest);
  const hasOverall = source.series.every(({ overall }) => overall !== undefined);
  const overallOf = ({ values, overall }: ChartSeries): number | null => {
    if (overall !== undefined) return overall;
    return unit === "count" ? sumOf(values) : at(values, lastComplete);
  };
  return {
    isGap: (index) => source.series.every(({ values }) => at(values, index) === null),
    isEmpty: source.series.every(({ values }) => values.every((value) => value === null)),
    y: valueAxis(unit, Math.max(highest, ...thresholds.map(({ value }) => value)), ticksFor(view)),
    layers: [
      ...shown.flatMap(({ look, before }): Layer[] =>
        before === null ? [] : [{ look, values: before, kind: "ghost", dots: dotsIn(before) }],
      ),
      ...shown.flatMap(({ look, series }) => lineLayers(look, series.values, isFilling, isLow)),
    ],
    cells: [],
    strengths: [],
    thresholds,
    legend: all.map(({ series, before }, index) =>
      legendEntry(series, index, source, overallOf(series), before, () => null, view.hidden),
    ),
    totalAt: () => null,
    topAt: () => 0,
    columns: all.flatMap(({ series, before }) =>
      before === null ? [series.label] : [series.label, `${series.label} before`],
    ),
    cellsAt: (index) =>
      all.flatMap(({ series, before }) =>
        [series.values, ...(before === null ? [] : [before])].map((values) =>
          readAloud(readingOf(unit, at(values, index))),
        ),
      ),
    restWords: (wordsOf) =>
      hasOverall || unit === "count" ? "Whole range" : lastComplete < 0 ? "" : `Last: ${wordsOf(lastComplete)}`,
    sentences: (timeAt) =>
      shown.map(({ series }) => seriesSentence(series.label, unit, series.values.slice(0, lastComplete + 1), timeAt)),
    notes: [
      ...far.map(({ value, label }) => `${label} (${readAloud(readingOf(unit, value))}) is above this chart.`),
      ...(all.some(({ before }) => before !== null) ? ["Thin and dashed: the period before."] : []),
    ],
  };
}

const sumOf = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);

function prepareStack(source: StackSource, grid: Grid, view: PrepareView): ChartBody {
  const { unit, series, totalLabel } = source;
  const indexes = Array.from({ length: grid.length }, (_, index) => index);
  const isGap = (index: number): boolean => series.every(({ values }) => at(values, index) === null);
  const shown = series
    .map((one, index) => ({ one, look: lookOf(one, index) }))
    .filter(({ one }) => !view.hidden.has(one.id));
  let below = indexes.map(() => 0);
  const layers = shown.map(({ one, look }): Layer => {
    const top = below.map((sum, index) => sum + (at(one.values, index) ?? 0));
    below = top;
    // Null where the series adds nothing, so that no line of its colour lies on the one below.
    return {
      look,
      kind: "area",
      values: top.map((sum, index) => ((at(one.values, index) ?? 0) === 0 ? null : sum)),
      dots: [],
    };
  });
  const tops = below;
  const overallOf = ({ overall, values }: ChartSeries): number | null =>
    overall !== undefined ? overall : unit === "perSecond" ? at(values, grid.length - 1) : sumOf(values);
  const totals = indexes.map((index) => (isGap(index) ? null : sumOf(series.map(({ values }) => at(values, index)))));
  const total = sumOf(series.map(overallOf));
  const totalAt = (index: number | null): number | null => (index === null ? total : (totals[index] ?? null));
  const totalWords = (index: number | null): string | null => {
    const sum = totalAt(index);
    return sum === null ? null : `${readAloud(readingOf(unit, sum))} ${totalLabel}`;
  };
  return {
    isGap,
    isEmpty: indexes.every(isGap),
    y: valueAxis(unit, highestOf([tops]) * 1.02, ticksFor(view)),
    // The highest first, since each lower one is drawn over it.
    layers: layers.toReversed(),
    cells: [],
    strengths: [],
    thresholds: [],
    legend: series.map((one, index) => legendEntry(one, index, source, overallOf(one), null, totalAt, view.hidden)),
    totalAt: totalWords,
    topAt: (index) => tops[index] ?? 0,
    columns: [...series.map(({ label }) => label), totalLabel.charAt(0).toUpperCase() + totalLabel.slice(1)],
    cellsAt: (index) =>
      [...series.map(({ values }) => at(values, index)), totals[index] ?? null].map((value) =>
        readAloud(readingOf(unit, value)),
      ),
    restWords: () => "Whole range",
    sentences: () => {
      const parts = series
        .map((one) => ({ label: one.label, value: overallOf(one) }))
        .filter(({ value }) => value !== null && value > 0)
        .map(({ label, value }) => `${label} ${readAloud(readingOf(unit, value))}`);
      return [`${totalWords(null) ?? "Nothing"}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}.`];
    },
    notes: [],
  };
}
