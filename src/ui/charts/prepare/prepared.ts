import type { Reading } from "../../format/numbers";
import type { ChartMarker, ChartThreshold, SeriesLook } from "../chart-source";
import type { Tick, ZoneClock } from "./time-axis";

/** Something that is drawn over time, one value per interval. */
export type Layer = {
  look: SeriesLook;
  values: (number | null)[];
  /**
   * `line`; `faint`: too few samples; `filling`: the step into an interval that is still filling; `ghost`: the period
   * before; `area`: a part of a stack, from the zero line up to its value.
   */
  kind: "line" | "faint" | "filling" | "ghost" | "area";
  /** Indexes of values between two gaps, which a line cannot show. */
  dots: number[];
};

/** A marker in its place. Times are in seconds since 1970. */
export type PlacedMarker = Omit<ChartMarker, "at" | "until"> & {
  at: number;
  until: number | null;
  /** The interval that contains it. */
  index: number;
  /** `14:05:09`. */
  time: string;
};

export type LegendEntry = {
  id: string;
  label: string;
  meaning: string;
  look: SeriesLook;
  isShown: boolean;
  /** The value for each interval, and for the whole range. */
  valueAt: (index: number | null) => Reading;
  /** The same as a number, for tests and copying; null is a gap. */
  numberAt: (index: number | null) => number | null;
  /** The share of the stack; null in other charts. */
  shareAt: (index: number | null) => Reading | null;
  /** The value of the period before; null without one. */
  beforeAt: (index: number | null) => Reading | null;
};

/** A rectangle of a heat map: interval, band, and its strength from 1 to 5. */
export type HeatCell = { index: number; band: number; strength: number };

/** Everything that is drawn or said. Drawing it takes no further decision. */
export type PreparedChart = {
  shape: "lines" | "stack" | "heatMap";
  title: string;
  /** Start of the first and end of the last interval, in seconds since 1970. */
  span: { from: number; to: number };
  stepSeconds: number;
  /** The middle of each interval, in seconds since 1970. */
  times: number[];
  x: Tick[];
  y: { max: number; ticks: Tick[] };
  /** In drawing order. */
  layers: Layer[];
  /** Columns of a stack touch where they are narrow; else this share of an interval is left free. */
  columnGap: number;
  cells: HeatCell[];
  /** How many durations the strengths of a heat map stand for: the lowest count of each. */
  strengths: { strength: number; from: number }[];
  gaps: { from: number; to: number }[];
  /** The interval that is still filling, with the top of its stack; null without one. */
  filling: { from: number; to: number; top: number } | null;
  thresholds: ChartThreshold[];
  markers: PlacedMarker[];
  legend: LegendEntry[];
  /** The sum of the stack for an interval or the whole range; null in other charts. */
  totalAt: (index: number | null) => string | null;
  /** An interval in words; null is what is shown while none is selected. */
  wordsAt: (index: number | null) => string;
  /** The table: newest first. */
  rows: { index: number; words: string; note: string; cells: string[] | null; markers: PlacedMarker[] }[];
  columns: string[];
  /** The chart in words. */
  summary: string;
  /** Sentences below the chart. */
  notes: string[];
  /** The time zone of all times. */
  zone: string;
  /** The whole range has too few samples for a stack or a heat map to mean much. */
  isFaded: boolean;
  /** Nothing was measured in the whole range. */
  isEmpty: boolean;
};

/** What the surroundings of a chart decide. */
export type PrepareView = {
  widthPx: number;
  heightPx: number;
  clock: ZoneClock;
  nowSeconds: number;
  /** IDs of series that are switched off. */
  hidden: ReadonlySet<string>;
};
