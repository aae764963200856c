import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import { Peaks, Sums } from "./places";

const sums = ["samples", "inUse", "queued", "refused", "expired"] as const;
const peaks = ["inUse", "queued", "max", "longestHeldMs"] as const;

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
export class PoolSeries {
  /** Of each statement; zero for those that found a free permit. */
  readonly waits = new Histogram();
  readonly #sums = new Sums(sums);
  readonly #peaks = new Peaks(peaks);

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

  merge(other: PoolSeries): void {
    this.waits.merge(other.waits);
    this.#sums.merge(other.#sums);
    this.#peaks.merge(other.#peaks);
  }

  reset(): void {
    this.waits.reset();
    this.#sums.reset();
    this.#peaks.reset();
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.waits);
    this.#sums.write(writer);
    this.#peaks.write(writer);
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.waits);
    this.#sums.mergeEncoded(reader);
    this.#peaks.mergeEncoded(reader);
  }
}
