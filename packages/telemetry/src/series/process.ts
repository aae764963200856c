import { Histogram } from "@weir/core/sketches/histogram";
import { Peaks, Series, Sums } from "./fields";
import { histogramOver, metricsOf, type SeriesMetric } from "./metric";

const sumNames = ["samples", "elapsedUs", "busyUs", "cpuUs", "rssBytes", "heapUsedBytes", "externalBytes"] as const;
const peakNames = ["busyPpm", "rssBytes", "heapUsedBytes", "externalBytes"] as const;

/** Kinds of garbage collection that V8 reports. Stored by position. */
export const gcKinds = ["minor", "major", "incremental", "weak"] as const;
export type GcKind = (typeof gcKinds)[number];

/** One process over one interval. */
export type ProcessSample = {
  elapsedMs: number;
  /** Event loop utilisation, 0 to 1. */
  utilisation: number;
  /** CPU time of all threads. */
  cpuMs: number;
  rssBytes: number;
  heapUsedBytes: number;
  /** Memory outside the heap held by objects in it, mostly buffers. */
  externalBytes: number;
};

/** Processes over time: averages are weighted by interval length. */
export class ProcessSeries extends Series {
  /** Event loop delay, sampled every 20 ms. */
  readonly loopDelays = this.field(new Histogram());
  /** Garbage collection pauses, by kind. */
  readonly gc: Readonly<Record<GcKind, Histogram>> = {
    minor: this.field(new Histogram()),
    major: this.field(new Histogram()),
    incremental: this.field(new Histogram()),
    weak: this.field(new Histogram()),
  };
  readonly #sums = this.field(new Sums(sumNames));
  readonly #peaks = this.field(new Peaks(peakNames));

  get count(): number {
    return this.samples + this.gc.minor.count + this.gc.major.count + this.gc.incremental.count + this.gc.weak.count;
  }

  get isEmpty(): boolean {
    return this.count === 0 && this.loopDelays.count === 0;
  }

  get samples(): number {
    return this.#sums.get("samples");
  }

  /** Measured time, all processes combined. */
  get elapsedMs(): number {
    return this.#sums.get("elapsedUs") / 1e3;
  }

  get cpuMs(): number {
    return this.#sums.get("cpuUs") / 1e3;
  }

  /** Event loop utilisation, 0 to 1; null without samples. */
  get utilisationMean(): number | null {
    const elapsedUs = this.#sums.get("elapsedUs");
    return elapsedUs === 0 ? null : this.#sums.get("busyUs") / elapsedUs;
  }

  /** Of the busiest interval of any process. */
  get utilisationPeak(): number {
    return this.#peaks.get("busyPpm") / 1e6;
  }

  /** Average bytes per process; null without samples. */
  meanBytes(of: "rssBytes" | "heapUsedBytes" | "externalBytes"): number | null {
    return this.samples === 0 ? null : this.#sums.get(of) / this.samples;
  }

  peakBytes(of: "rssBytes" | "heapUsedBytes" | "externalBytes"): number {
    return this.#peaks.get(of);
  }

  record(sample: ProcessSample): void {
    const { elapsedMs, utilisation } = sample;
    this.#sums.take("samples", 1);
    this.#sums.take("elapsedUs", elapsedMs * 1e3);
    this.#sums.take("busyUs", elapsedMs * 1e3 * utilisation);
    this.#sums.take("cpuUs", sample.cpuMs * 1e3);
    this.#peaks.take("busyPpm", utilisation * 1e6);
    for (const name of ["rssBytes", "heapUsedBytes", "externalBytes"] as const) {
      this.#sums.take(name, sample[name]);
      this.#peaks.take(name, sample[name]);
    }
  }

  recordGc(kind: GcKind, durationMs: number): void {
    this.gc[kind].record(durationMs);
  }
}

const { counter, gauge, histogram } = metricsOf<ProcessSeries>("process");

export const processMetrics: readonly SeriesMetric<ProcessSeries>[] = [
  gauge({
    name: "weir_build_info",
    help: "Version, role and Node version of this process; always 1.",
    labels: ["version", "role", "node_version"],
    read: (_series, emit, { state, nodeVersion }) => emit([state.version, state.role, nodeVersion], 1),
  }),
  gauge({
    name: "weir_eventloop_utilisation",
    unit: "ratio",
    help: "Event loop utilisation over the last interval, 0 to 1.",
    read: (_series, emit, { state }) => emit([], state.loopUtilisation),
  }),
  histogram({
    name: "weir_eventloop_delay_seconds",
    help: "Event loop delay, sampled every 20 ms.",
    read: (series, emit) =>
      emit(
        [],
        histogramOver(series, ({ loopDelays }) => loopDelays),
      ),
  }),
  histogram({
    name: "weir_gc_duration_seconds",
    help: "Garbage collection pauses.",
    labels: ["kind"],
    read: (series, emit) => {
      for (const kind of gcKinds)
        emit(
          [kind],
          histogramOver(series, ({ gc }) => gc[kind]),
        );
    },
  }),
  counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of all process threads.",
    read: (_series, emit, { cpuSeconds }) => emit([], cpuSeconds),
  }),
  gauge({
    name: "process_start_time_seconds",
    help: "Process start time, in seconds since the Unix epoch.",
    read: (_series, emit, { state }) => emit([], state.startedAtMs / 1e3),
  }),
  gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory size of the process.",
    read: (_series, emit, { memory }) => emit([], memory.rss),
  }),
  gauge({
    name: "nodejs_heap_size_total_bytes",
    help: "Heap reserved by V8.",
    read: (_series, emit, { memory }) => emit([], memory.heapTotal),
  }),
  gauge({
    name: "nodejs_heap_size_used_bytes",
    help: "Heap in use.",
    read: (_series, emit, { memory }) => emit([], memory.heapUsed),
  }),
  gauge({
    name: "nodejs_external_memory_bytes",
    help: "Memory outside the heap held by objects in it.",
    read: (_series, emit, { memory }) => emit([], memory.external),
  }),
];
