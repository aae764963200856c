import { Histogram } from "@weir/core/sketches/histogram";
import { type Magnitudes, magnitudeBuckets } from "@weir/core/sketches/magnitudes";
import type { NodeState } from "../record/node-state";

/** Values of a metric's labels, in the order of their names. */
export type LabelValues = readonly string[];

/** The base unit of a metric; `ratio` for shares from 0 to 1, null for plain counts. */
export type Unit = "seconds" | "bytes" | "ratio" | null;

/** Process data that is not part of a series. */
export type ProcessFacts = {
  state: NodeState;
  memory: { rss: number; heapUsed: number; heapTotal: number; external: number };
  /** CPU time of all threads since the process started. */
  cpuSeconds: number;
  nodeVersion: string;
  /** Messages that were not counted at all. */
  dropped: number;
  /** Messages counted under "(other)", by kind. */
  capped: Readonly<Record<string, number>>;
};

type Emit<Value> = (labels: LabelValues, value: Value) => void;

type Described<Type extends string, Series, Value> = {
  /** Includes the unit, and `_total` for counters. */
  name: string;
  type: Type;
  unit: Unit;
  /** One line, one sentence. */
  help: string;
  labels: readonly string[];
  /** Emits each current sample. */
  read: (series: ReadonlyMap<string, Series>, emit: Emit<Value>, facts: ProcessFacts) => void;
};

/** A metric of one kind of series, independent of the exposition format. */
export type SeriesMetric<Series> =
  | Described<"counter" | "gauge", Series, number>
  /** Durations. */
  | Described<"histogram", Series, Histogram>
  /** Whole numbers: bytes or counts. */
  | Described<"magnitudes", Series, Magnitudes>;

type Declared<Series, Value> = Pick<Described<string, Series, Value>, "name" | "help"> & {
  /** Derived from the name if omitted. */
  unit?: Unit;
} & (
    | {
        /** One sample per series, labelled with its name; skipped where it is null. */
        of: (series: Series) => Value | null;
      }
    | { labels?: readonly string[]; read: Described<string, Series, Value>["read"] }
  );

function unitOf(name: string): Unit {
  const plain = name.replace(/_total$/, "");
  return plain.endsWith("_seconds") ? "seconds" : plain.endsWith("_bytes") ? "bytes" : null;
}

/** Returns functions that declare the metrics of one kind of series; `label` is the label for the series name. */
export function metricsOf<Series>(label: string) {
  const describe =
    <Type extends string, Value>(type: Type) =>
    (declared: Declared<Series, Value>): Described<Type, Series, Value> => {
      const { name, help, unit = unitOf(name) } = declared;
      if ("read" in declared) return { type, name, help, unit, labels: declared.labels ?? [], read: declared.read };
      const read: Described<Type, Series, Value>["read"] = (series, emit) => {
        for (const [its, one] of series) {
          const value = declared.of(one);
          if (value !== null) emit([its], value);
        }
      };
      return { type, name, help, unit, labels: [label], read };
    };
  return {
    counter: describe<"counter", number>("counter"),
    gauge: describe<"gauge", number>("gauge"),
    histogram: describe<"histogram", Histogram>("histogram"),
    magnitudes: describe<"magnitudes", Magnitudes>("magnitudes"),
  };
}

/** A number across all series of a kind. */
export function sumOver<Series>(series: ReadonlyMap<string, Series>, valueOf: (series: Series) => number): number {
  let sum = 0;
  for (const one of series.values()) sum += valueOf(one);
  return sum;
}

/** The durations of all series of a kind. */
export function histogramOver<Series>(
  series: ReadonlyMap<string, Series>,
  durationsOf: (series: Series) => Histogram,
): Histogram {
  const all = new Histogram();
  for (const one of series.values()) all.merge(durationsOf(one));
  return all;
}

/** Powers of two, so that the counts are exact; byte sizes use every other one. */
const countEdges = [0, 1, 3, 7, 15, 31, 63, 127];
const byteEdges = [255, 1_023, 4_095, 16_383, 65_535, 262_143, 1_048_575, 4_194_303];

/** Upper bounds of the buckets for whole numbers, inclusive. */
export function edgesOf({ unit }: { unit: Unit }): readonly number[] {
  return unit === "bytes" ? byteEdges : countEdges;
}

/** The number of values up to and including each bound. A bound is 2^n - 1, where bucket n ends. */
export function upToEdges({ buckets }: Magnitudes, edges: readonly number[]): number[] {
  let seen = 0;
  let bucket = 0;
  return edges.map((edge) => {
    const last = Math.min(magnitudeBuckets - 1, Math.log2(edge + 1));
    for (; bucket <= last; bucket += 1) seen += buckets[bucket] ?? 0;
    return seen;
  });
}
