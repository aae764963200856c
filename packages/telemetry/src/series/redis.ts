import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import type { CacheBreakerMessage, RedisMessage } from "@weir/core/channels";
import { Sums } from "./places";

const counters = ["errors", "opened", "halfOpened", "closed"] as const;
const counterOf = { open: "opened", "half-open": "halfOpened", closed: "closed" } as const;

/** What one command of one connection did, or under the connection's own name how often its breaker changed. */
export class RedisSeries {
  /** From sending to the answer, failures included. */
  readonly durations = new Histogram();
  readonly #counters = new Sums(counters);

  get count(): number {
    return this.durations.count + this.opened + this.closed + this.#counters.get("halfOpened");
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Commands that failed or were given up. */
  get errors(): number {
    return this.#counters.get("errors");
  }

  /** How often the breaker opened. */
  get opened(): number {
    return this.#counters.get("opened");
  }

  /** How often it closed again. */
  get closed(): number {
    return this.#counters.get("closed");
  }

  record({ durationMs, ok }: RedisMessage): void {
    this.durations.record(durationMs);
    if (!ok) this.#counters.take("errors", 1);
  }

  recordBreaker({ state }: CacheBreakerMessage): void {
    this.#counters.take(counterOf[state], 1);
  }

  merge(other: RedisSeries): void {
    this.durations.merge(other.durations);
    this.#counters.merge(other.#counters);
  }

  reset(): void {
    this.durations.reset();
    this.#counters.reset();
  }

  write(writer: ByteWriter): void {
    writeHistogram(writer, this.durations);
    this.#counters.write(writer);
  }

  mergeEncoded(reader: ByteReader): void {
    mergeEncoded(reader, this.durations);
    this.#counters.mergeEncoded(reader);
  }
}
