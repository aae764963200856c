import { Histogram } from "@weir/core/sketches/histogram";
import { Peaks, Series, Sums } from "./fields";
import { histogramOver, metricsOf, type ProcessFacts, type SeriesMetric, sumOver } from "./metric";

const sumNames = ["samples", "inUse", "queued", "refused", "expired"] as const;
const peakNames = ["inUse", "queued", "max", "longestHeldMs"] as const;

/** The database pool of one process, as it was found once a second. */
export type PoolSample = {
  max: number;
  inUse: number;
  queued: number;
  /** The most since the sample before. */
  inUsePeak: number;
  queuedPeak: number;
  /** Turned away, and gave up waiting, since the sample before. */
  refused: number;
  expired: number;
  /** How long the one who holds a permit longest has held it by now; 0 when nobody does. */
  longestHeldMs: number;
};

/** The database pool: means over the samples, largest values, and what statements waited for a permit. */
export class PoolSeries extends Series {
  /** Of each statement; zero for those that found a free permit. */
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

  /** Permits in use on one node, on average over the samples; null without any. */
  get inUseMean(): number | null {
    return this.samples === 0 ? null : this.#sums.get("inUse") / this.samples;
  }

  get queuedMean(): number | null {
    return this.samples === 0 ? null : this.#sums.get("queued") / this.samples;
  }

  /** The most on one node. */
  get inUsePeak(): number {
    return this.#peaks.get("inUse");
  }

  get queuedPeak(): number {
    return this.#peaks.get("queued");
  }

  /** Permits that one node has. */
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
    help: "Time statements waited for a permit of the database gate.",
    read: (series, emit) =>
      emit(
        [],
        histogramOver(series, ({ waits }) => waits),
      ),
  }),
  now("weir_pool_max", "Permits of the database gate.", ({ max }) => max),
  now("weir_pool_in_use", "Permits that are in use.", ({ inUse }) => inUse),
  now("weir_pool_queued", "Statements that wait for a permit.", ({ queued }) => queued),
  now(
    "weir_pool_longest_held_seconds",
    "How long the one who holds a permit longest has held it by now.",
    ({ longest }) => (longest?.heldMs ?? 0) / 1e3,
  ),
  counter({
    name: "weir_pool_refused_total",
    help: "Statements that the gate turned away at once.",
    read: (series, emit) =>
      emit(
        [],
        sumOver(series, ({ refused }) => refused),
      ),
  }),
  counter({
    name: "weir_pool_expired_total",
    help: "Statements that gave up waiting for a permit.",
    read: (series, emit) =>
      emit(
        [],
        sumOver(series, ({ expired }) => expired),
      ),
  }),
];
