import type { Histogram } from "@weir/core/sketches/histogram";
import type { Magnitudes } from "@weir/core/sketches/magnitudes";
import type { Figures } from "./figures";

/** Values of a metric's labels, in the order of their names. */
export type LabelValues = readonly string[];

/** The base units of what is told, and `ratio` for shares from 0 to 1. Null for plain numbers of things. */
export type Unit = "seconds" | "bytes" | "ratio" | null;

type Described<Type extends string, Value> = {
  /** With its unit, and `_total` where it only grows. */
  name: string;
  type: Type;
  unit: Unit;
  /** One line, one sentence. */
  help: string;
  labels: readonly string[];
  /** Emits each sample there is now. */
  read: (figures: Figures, emit: (labels: LabelValues, value: Value) => void) => void;
};

export type NumberMetric = Described<"counter" | "gauge", number>;
/** Durations. */
export type HistogramMetric = Described<"histogram", Histogram>;
/** Whole numbers: bytes, or how many of something. */
export type MagnitudesMetric = Described<"magnitudes", Magnitudes>;

/** One thing that a process tells about itself, in whatever form it is asked for. */
export type Metric = NumberMetric | HistogramMetric | MagnitudesMetric;

type Given<Kind extends Metric> = Omit<Kind, "type" | "unit" | "labels"> & { unit?: Unit; labels?: readonly string[] };

const unitOf = (name: string): Unit => {
  const plain = name.replace(/_total$/, "");
  return plain.endsWith("_seconds") ? "seconds" : plain.endsWith("_bytes") ? "bytes" : null;
};

export const counter = (given: Given<NumberMetric>): NumberMetric => ({
  unit: unitOf(given.name),
  labels: [],
  ...given,
  type: "counter",
});

export const gauge = (given: Given<NumberMetric>): NumberMetric => ({
  unit: unitOf(given.name),
  labels: [],
  ...given,
  type: "gauge",
});

export const histogram = (given: Given<HistogramMetric>): HistogramMetric => ({
  unit: "seconds",
  labels: [],
  ...given,
  type: "histogram",
});

export const magnitudes = (given: Given<MagnitudesMetric>): MagnitudesMetric => ({
  unit: unitOf(given.name),
  labels: [],
  ...given,
  type: "magnitudes",
});
