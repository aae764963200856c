import type { OutcomeCounts } from "@weir/core/outcomes";
import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { Histogram } from "@weir/core/sketches/histogram";
import { mergeEncoded, writeHistogram } from "@weir/core/sketches/histogram-codec";
import type { CacheOutcome, CacheReadMessage, CacheTier } from "@weir/core/channels";
import { isAnsweredFromCache, OutcomeCells } from "./outcome-cells";
import { TopMembers } from "./top-members";

/** What the reads of entries that carry a tag of one family (`city:*`) did; each read counts once per family. */
export class TagSeries {
  readonly #cells = new OutcomeCells();
  /** Reads that were answered without a load. */
  readonly hits = new Histogram();
  /** Loads that a read waited for as its own. Refreshes and bypasses are not among them. */
  readonly loads = new Histogram();
  /** The tags of the family that were read most: `city:2988507`. Sampled, and said with its error. */
  readonly members = new TopMembers();

  get count(): number {
    return this.#cells.reads;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  record({ outcome, tier, durationMs, loadMs }: CacheReadMessage): void {
    this.#cells.record(outcome, tier);
    if (isAnsweredFromCache(outcome)) this.hits.record(durationMs);
    if (loadMs !== null) this.loads.record(loadMs);
  }

  /** Every combination of outcome and tier that occurred. */
  endings(): Iterable<{ outcome: CacheOutcome; tier: CacheTier | null; count: number }> {
    return this.#cells.endings();
  }

  /** Adds the reads to `counts`. A hit that names no tier counts as one from memory, so that the sum stays exact. */
  addOutcomes(counts: OutcomeCounts): void {
    this.#cells.addTo(counts);
  }

  merge(other: TagSeries): void {
    this.#cells.merge(other.#cells);
    this.hits.merge(other.hits);
    this.loads.merge(other.loads);
    this.members.merge(other.members);
  }

  reset(): void {
    this.#cells.reset();
    this.hits.reset();
    this.loads.reset();
    this.members.reset();
  }

  write(writer: ByteWriter): void {
    this.#cells.write(writer);
    writeHistogram(writer, this.hits);
    writeHistogram(writer, this.loads);
    this.members.write(writer);
  }

  mergeEncoded(reader: ByteReader): void {
    this.#cells.mergeEncoded(reader);
    mergeEncoded(reader, this.hits);
    mergeEncoded(reader, this.loads);
    this.members.mergeEncoded(reader);
  }
}
