import type { OutcomeCounts } from "@weir/core/outcomes";
import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import type {
  CacheFillMessage,
  CacheLoadMessage,
  CacheOutcome,
  CacheReadMessage,
  CacheTier,
} from "@weir/core/channels";
import { isAnsweredFromCache, OutcomeCells } from "./outcome-cells";
import { Sums } from "./places";

const counters = ["fills", "fillBytes", "rejectedFills", "evictions"] as const;

/** What the reads, loads and entries of one cache group did. */
export class CacheSeries {
  readonly #cells = new OutcomeCells();
  readonly #counters = new Sums(counters);
  /** Reads that were answered without a load: hit, stale, negative. */
  readonly hits = new Histogram();
  /** Every run of a load, failed ones, refreshes and bypasses included. */
  readonly loads = new Histogram();

  /** Messages of every sort: a slot may hold a refresh or an eviction and no read. */
  get count(): number {
    return this.reads + this.loads.count + this.fills + this.rejectedFills + this.evictions;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get reads(): number {
    return this.#cells.reads;
  }

  /** Loads whose value was stored. */
  get fills(): number {
    return this.#counters.get("fills");
  }

  /** Letters of the JSON that was stored, all fills together; bytes where it is ASCII. */
  get fillBytes(): number {
    return this.#counters.get("fillBytes");
  }

  /** Loads whose value was not stored, because something that touches it was invalidated meanwhile. */
  get rejectedFills(): number {
    return this.#counters.get("rejectedFills");
  }

  /** Entries that this process's memory gave up for want of room. */
  get evictions(): number {
    return this.#counters.get("evictions");
  }

  /**
   * The time that the database was spared, in milliseconds: answers without a load × (median load − median hit). An
   * estimate. Null while no load was seen to compare with; never negative.
   */
  get databaseTimeSavedMs(): number | null {
    const loadMs = this.loads.quantile(0.5);
    if (loadMs === null) return null;
    return this.hits.count * Math.max(0, loadMs - (this.hits.quantile(0.5) ?? 0));
  }

  record(message: CacheReadMessage): void {
    this.#cells.record(message.outcome, message.tier);
    if (isAnsweredFromCache(message.outcome)) this.hits.record(message.durationMs);
  }

  recordLoad({ durationMs }: CacheLoadMessage): void {
    this.loads.record(durationMs);
  }

  /** Values that were not worth storing are no rejections. */
  recordFill({ bytes, stored, reason }: CacheFillMessage): void {
    if (stored) {
      this.#counters.take("fills", 1);
      this.#counters.take("fillBytes", bytes);
    } else if (reason === "stale") {
      this.#counters.take("rejectedFills", 1);
    }
  }

  recordEvictions(count: number): void {
    this.#counters.take("evictions", count);
  }

  /** Every combination of outcome and tier that occurred. */
  endings(): Iterable<{ outcome: CacheOutcome; tier: CacheTier | null; count: number }> {
    return this.#cells.endings();
  }

  /** Adds the reads to `counts`. A hit that names no tier counts as one from memory, so that the sum stays exact. */
  addOutcomes(counts: OutcomeCounts): void {
    this.#cells.addTo(counts);
  }

  merge(other: CacheSeries): void {
    this.#cells.merge(other.#cells);
    this.#counters.merge(other.#counters);
    this.hits.merge(other.hits);
    this.loads.merge(other.loads);
  }

  reset(): void {
    this.#cells.reset();
    this.#counters.reset();
    this.hits.reset();
    this.loads.reset();
  }

  write(writer: ByteWriter): void {
    this.#cells.write(writer);
    this.#counters.write(writer);
    writeHistogram(writer, this.hits);
    writeHistogram(writer, this.loads);
  }

  mergeEncoded(reader: ByteReader): void {
    this.#cells.mergeEncoded(reader);
    this.#counters.mergeEncoded(reader);
    mergeEncoded(reader, this.hits);
    mergeEncoded(reader, this.loads);
  }
}
