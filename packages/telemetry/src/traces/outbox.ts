import { type RingEntry, sizeOf } from "./ring";

/** Traces that Redis has not taken yet, bounded in bytes: the oldest are given up first. */
export class Outbox {
  readonly #maxBytes: number;
  /** In the order of their coming. */
  readonly #entries = new Set<RingEntry>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns how many were given up. */
  put(entry: RingEntry): number {
    this.#entries.add(entry);
    this.#bytes += sizeOf(entry);
    let gone = 0;
    for (const oldest of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
      gone += 1;
    }
    return gone;
  }

  /** The oldest, together at most `maxBytes`, and one at least. */
  batch(maxBytes: number): RingEntry[] {
    const batch: RingEntry[] = [];
    let bytes = 0;
    for (const entry of this.#entries) {
      bytes += sizeOf(entry);
      if (batch.length > 0 && bytes > maxBytes) break;
      batch.push(entry);
    }
    return batch;
  }

  /** Forgets what is stored now. Some of it may have been given up meanwhile. */
  stored(batch: readonly RingEntry[]): void {
    for (const entry of batch) this.#remove(entry);
  }

  #remove(entry: RingEntry): void {
    if (this.#entries.delete(entry)) this.#bytes -= sizeOf(entry);
  }
}
