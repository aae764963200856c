import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { type ObserverCounter, observerCounters } from "@weir/core/channels";
import { Sums } from "./places";

/** What observing itself costs and misses, as sums. */
export class ObserverSeries {
  readonly #sums = new Sums(observerCounters);

  /** Flushes: each process adds one a second. */
  get count(): number {
    return this.#sums.get("flushes");
  }

  get isEmpty(): boolean {
    return this.#sums.areZero;
  }

  get(counter: ObserverCounter): number {
    return this.#sums.get(counter);
  }

  /**
   * Share of one core that recording, flushing and keeping traces took, 0 to 1. Flushes are measured, recording is
   * estimated from the number of messages. Null before the first flush.
   */
  get cpuShare(): number | null {
    const elapsedUs = this.get("elapsedUs");
    return elapsedUs === 0 ? null : (this.get("recordUs") + this.get("flushUs") + this.get("traceUs")) / elapsedUs;
  }

  add(counter: ObserverCounter, value: number): void {
    this.#sums.take(counter, value);
  }

  merge(other: ObserverSeries): void {
    this.#sums.merge(other.#sums);
  }

  reset(): void {
    this.#sums.reset();
  }

  write(writer: ByteWriter): void {
    this.#sums.write(writer);
  }

  mergeEncoded(reader: ByteReader): void {
    this.#sums.mergeEncoded(reader);
  }
}
