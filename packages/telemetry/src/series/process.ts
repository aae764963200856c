import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import { Peaks, Sums } from "./places";

const sums = ["samples", "elapsedUs", "busyUs", "cpuUs", "rssBytes", "heapUsedBytes", "externalBytes"] as const;
const peaks = ["busyPpm", "rssBytes", "heapUsedBytes", "externalBytes"] as const;

/** The sorts of garbage collection that V8 tells apart. The places are part of what is stored. */
export const gcKinds = ["minor", "major", "incremental", "weak"] as const;
export type GcKind = (typeof gcKinds)[number];

/** One process over one interval. */
export type ProcessSample = {
  elapsedMs: number;
  /** Busy share of the event loop, 0 to 1. */
  utilisation: number;
  /** CPU time of all its threads. */
  cpuMs: number;
  rssBytes: number;
  heapUsedBytes: number;
  /** Memory outside the heap that objects in it hold: buffers above all. */
  externalBytes: number;
};

/** Processes over time: means weigh each interval and process by its length. */
export class ProcessSeries {
  /** How late the event loop was, sampled every 20 ms. */
  readonly loopDelays = new Histogram();
  /** Pauses for garbage collection, by kind. */
  readonly gc: Readonly<Record<GcKind, Histogram>> = {
    minor: new Histogram(),
    major: new Histogram(),
    incremental: new Histogram(),
    weak: new Histogram(),
  };
  readonly #sums = new Sums(sums);
  readonly #peaks = new Peaks(peaks);

  get count(): number {
    return this.samples + this.gc.minor.count + this.gc.major.count + this.gc.incremental.count + this.gc.weak.count;
  }

  get isEmpty(): boolean {
    return this.count === 0 && this.loopDelays.count === 0;
  }

  get samples(): number {
    return this.#sums.get("samples");
  }

  /** Time that was measured, all processes together. */
  get elapsedMs(): number {
    return this.#sums.get("elapsedUs") / 1e3;
  }

  get cpuMs(): number {
    return this.#sums.get("cpuUs") / 1e3;
  }

  /** Busy share of the event loop, 0 to 1; null without samples. */
  get utilisationMean(): number | null {
    const elapsedUs = this.#sums.get("elapsedUs");
    return elapsedUs === 0 ? null : this.#sums.get("busyUs") / elapsedUs;
  }

  /** Of the busiest interval of any process. */
  get utilisationPeak(): number {
    return this.#peaks.get("busyPpm") / 1e6;
  }

  /** Bytes of one process on average; null without samples. */
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

  merge(other: ProcessSeries): void {
    this.loopDelays.merge(other.loopDelays);
    for (const kind of gcKinds) this.gc[kind].merge(other.gc[kind]);
    this.#sums.merge(other.#sums);
    this.#peaks.merge(other.#peaks);
  }

  reset(): void {
    this.loopDelays.reset();
    for (const kind of gcKinds) this.gc[kind].reset();
    this.#sums.reset();
    this.#peaks.reset();
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.loopDelays);
    for (const kind of gcKinds) writeHistogram(writer, this.gc[kind]);
    this.#sums.write(writer);
    this.#peaks.write(writer);
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.loopDelays);
    for (const kind of gcKinds) mergeEncoded(reader, this.gc[kind]);
    this.#sums.mergeEncoded(reader);
    this.#peaks.mergeEncoded(reader);
  }
}
