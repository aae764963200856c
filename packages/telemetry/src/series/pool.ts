import { Histogram } from "@weir/core/sketches/histogram";
import { Peaks, Series, Sums } from "./fields";
import { histogramOver, metricsOf, type ProcessFacts, type SeriesMetric, sumOver } from "./metric";

const sumNames = ["samples", "inUse", "queued", "refused", "expired"] as const;
const peakNames = ["inUse", "queued", "max", "longestHeldMs"] as const;

/** The database pool of one process, sampled once a second. */
export type PoolSample = {
  max: number;
  inUse: number;
  queued: number;
  /** The maximum since the previous sample. */
  inUsePeak: number;
  queuedPeak: number;
  /** Statements rejected and timed out since the previous sample. */
  refused: number;
  expired: number;
  /** Age of the permit that has been held longest; 0 when none is held. */
  longestHeldMs: number;
};

/** The database pool: averages and maxima over the samples, and how long statements waited for a permit. */
export class PoolSeries extends Series {
  /** Per statement; zero when a permit was free. */
  readonly waits = this.field(new Histogram());
  readonly #sums = this.field(new Sums(sumNames));
  readonly #peaks = this.field(new Peaks(peakNames));

  get count(): number {
    return this.samples + this.waits.count;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get samples(): number {
    return this.#sums.get("samples");
  }

  /** Average permits in use on one node; null without samples. */
  get inUseMean(): number | null {
    return this.samples === 0 ? null : this.#sums.get("inUse") / this.samples;
  }

  get queuedMean(): number | null {
    return this.samples === 0 ? null : this.#sums.get("queued") / this.samples;
  }

  /** Maximum on one node. */
  get inUsePeak(): number {
    return this.#peaks.get("inUse");
  }

  get queuedPeak(): number {
    return this.#peaks.get("queued");
  }

  /** Permits per node. */
  get max(): number {
    return this.#peaks.get("max");
  }

  get longestHeldMs(): number {
    return this.#peaks.get("longestHeldMs");
  }

  get refused(): number {
    return this.#sums.get("refused");
  }

  get expired(): number {
    return this.#sums.get("expired");
  }

  record(sample: PoolSample): void {
    this.#sums.take("samples", 1);
    this.#sums.take("inUse", sample.inUse);
    this.#sums.take("queued", sample.queued);
    this.#sums.take("refused", sample.refused);
    this.#sums.take("expired", sample.expired);
    this.#peaks.take("inUse", sample.inUsePeak);
    this.#peaks.take("queued", sample.queuedPeak);
    this.#peaks.take("max", sample.max);
    this.#peaks.take("longestHeldMs", sample.longestHeldMs);
  }

  recordWait(waitMs: number): void {
    this.waits.record(waitMs);
  }
}

const { counter, gauge, histogram } = metricsOf<PoolSeries>("pool");
const now = (name: string, help: string, valueOf: (pool: ProcessFacts["state"]["pool"]) => number) =>
  gauge({ name, help, read: (_series, emit, { state }) => emit([], valueOf(state.pool)) });

export const poolMetrics: readonly SeriesMetric<PoolSeries>[] = [
  histogram({
    name: "weir_pool_wait_seconds",
    help: "Time that statements waited for a database gate permit.",
    read: (series, emit) =>
      emit(
        [],
        histogramOver(series, ({ waits }) => waits),
      ),
  }),
  now("weir_pool_max", "Database gate permits.", ({ max }) => max),
  now("weir_pool_in_use", "Permits in use.", ({ inUse }) => inUse),
  now("weir_pool_queued", "Statements waiting for a permit.", ({ queued }) => queued),
  now(
    "weir_pool_longest_held_seconds",
    "Age of the permit that has been held longest.",
    ({ longest }) => (longest?.heldMs ?? 0) / 1e3,
  ),
  counter({
    name: "weir_pool_refused_total",
    help: "Statements rejected by the gate immediately.",
    read: (series, emit) =>
      emit(
        [],
        sumOver(series, ({ refused }) => refused),
      ),
  }),
  counter({
    name: "weir_pool_expired_total",
    help: "Statements that timed out waiting for a permit.",
    read: (series, emit) =>
      emit(
        [],
        sumOver(series, ({ expired }) => expired),
      ),
  }),
];
