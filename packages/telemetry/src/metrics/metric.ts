import type { Histogram } from "@weir/core/sketches/histogram";
import { magnitudeBuckets, type Magnitudes } from "@weir/core/sketches/magnitudes";
import type { Figures } from "./process-snapshot";

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

/** Ends of powers of two, so that the counts are exact: few of things, by four for bytes. */
const countEdges = [0, 1, 3, 7, 15, 31, 63, 127];
const byteEdges = [255, 1_023, 4_095, 16_383, 65_535, 262_143, 1_048_575, 4_194_303];

/** The upper edges under which whole numbers are told; each belongs to its bucket. */
export function edgesOf({ unit }: Pick<MagnitudesMetric, "unit">): readonly number[] {
  return unit === "bytes" ? byteEdges : countEdges;
}

/** How many were at most each edge. An edge is the end of a power of two, 2^n - 1, and bucket n ends there. */
export function upToEdges({ buckets }: Magnitudes, edges: readonly number[]): number[] {
  let seen = 0;
  let bucket = 0;
  return edges.map((edge) => {
    const last = Math.min(magnitudeBuckets - 1, Math.log2(edge + 1));
    for (; bucket <= last; bucket += 1) seen += buckets[bucket] ?? 0;
    return seen;
  });
}
