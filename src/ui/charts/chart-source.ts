/** The unit of a chart's values. `ratio` is 0 to 1 and shown in per cent. */
export type ChartUnit = "count" | "perSecond" | "ratio" | "ms" | "bytes" | "number";

/** How a series is drawn and recognised without colour. */
export type SeriesLook = {
  /** The CSS variable of its colour. */
  colorVariable: `--${string}`;
  pattern: "solid" | "hatched" | "outlined";
};

export type ChartSeries = {
  /** Unique within the chart. */
  id: string;
  label: string;
  /** The meaning, shown on hover. */
  meaning?: string;
  /** One value per interval, oldest first. Null is a gap: nothing was measured. */
  values: readonly (number | null)[];
  /** The same for the period before, in its own intervals (`source.before`). Drawn as a dashed ghost in `lines` charts. */
  before?: readonly (number | null)[] | null;
  /**
   * The value over the whole range, shown while no interval is selected. Counts are summed without it; other units show
   * the last complete interval, since percentiles and ratios cannot be averaged.
   */
  overall?: number | null;
  /** By default the series get the colours of `seriesLooks` in their order. */
  look?: SeriesLook;
};

/** A vertical line at a moment that explains a change. */
export type ChartMarker = {
  id: string;
  /** ISO 8601. */
  at: string;
  kind: "deploy" | "invalidation" | "lab";
  /** Shown above the line; a few words. */
  label: string;
  /** The full description, without the time. */
  sentence: string;
  /** The end of what began at `at`, ISO 8601: shades the time between. */
  until?: string | null;
};

/** A horizontal line that a verdict is based on. */
export type ChartThreshold = { value: number; label: string; level: "watch" | "act" };

type Common = {
  /** Names the chart: heading, sentence for screen readers, table. */
  title: string;
  /** Start of the first interval, ISO 8601. */
  from: string;
  /**
   * End of the time that was read, ISO 8601: `to` of every metrics response. An interval that ends later is still
   * filling and is drawn dashed.
   */
  to: string;
  /** Width of one interval. */
  stepMs: number;
  /** Events per interval: intervals with fewer than 20 are faded, since chance has too large a part in them. */
  samples?: readonly (number | null)[] | null;
  /** Null when they could not be read, which the chart says. */
  markers?: readonly ChartMarker[] | null;
  /** More sentences for the summary that screen readers say: `Hit rate 97.8 %.` */
  facts?: readonly string[];
  /** Sentences below the chart: what is missing, where data comes from. */
  notes?: readonly string[];
};

/** Lines over time. */
export type LinesSource = Common & {
  shape: "lines";
  unit: ChartUnit;
  series: readonly ChartSeries[];
  thresholds?: readonly ChartThreshold[];
  /** The period before, if its values are there: its first interval and the width of one. */
  before?: { from: string; stepMs: number } | null;
};

/** Areas stacked in the order of the series, for parts of a whole. */
export type StackSource = Common & {
  shape: "stack";
  unit: "count" | "perSecond" | "bytes";
  series: readonly ChartSeries[];
  /** Names the sum of all series: `reads`. */
  totalLabel: string;
};

/** How many durations fell into which band, over time. */
export type HeatMapSource = Common & {
  shape: "heatMap";
  /** Upper edges of the bands, ascending; there is one more band than edges, for everything longer. */
  edgesMs: readonly number[];
  /** One count per band for each interval. Null is a gap. */
  counts: readonly (readonly number[] | null)[];
};

export type ChartSource = LinesSource | StackSource | HeatMapSource;

/** With fewer samples than this a value is faded, since chance has too large a part in it. */
export const minSamples = 20;

/** The colours of series without a meaning of their own: told apart by lightness too. */
export const seriesLooks: readonly SeriesLook[] = [
  { colorVariable: "--series-1", pattern: "solid" },
  { colorVariable: "--series-2", pattern: "solid" },
  { colorVariable: "--series-3", pattern: "solid" },
  { colorVariable: "--series-4", pattern: "solid" },
  { colorVariable: "--series-5", pattern: "solid" },
];
