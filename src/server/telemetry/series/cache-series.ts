import type { OutcomeCounts } from "@/contracts/insights";
import type { ByteReader, ByteWriter } from "@/shared/bytes";
import { Histogram } from "@/shared/histogram";
import { mergeEncoded, writeHistogram } from "@/shared/histogram-codec";
import type { CacheLoadMessage, CacheOutcome, CacheReadMessage, CacheTier } from "../../channels";

/** The places are part of what is stored: a new outcome goes to the end. */
const outcomePlaces = {
  hit: 0,
  coalesced: 1,
  stale: 2,
  negative: 3,
  miss: 4,
  error: 5,
  bypass: 6,
} as const satisfies Record<CacheOutcome, number>;
const tiers = ["l1", "l2", null] as const;
const cellCount = Object.keys(outcomePlaces).length * tiers.length;

function cellOf(outcome: CacheOutcome, tier: CacheTier | null): number {
  return outcomePlaces[outcome] * tiers.length + (tier === "l1" ? 0 : tier === "l2" ? 1 : 2);
}

/** What the reads and loads of one cache group did. */
export class CacheSeries {
  /** One cell per outcome and tier. */
  readonly #cells = new Float64Array(cellCount);
  /** Reads that were answered without a load: hit, stale, negative. */
  readonly hits = new Histogram();
  /** Every run of a load, failed ones, refreshes and bypasses included. */
  readonly loads = new Histogram();
  #reads = 0;

  /** Reads and runs of loads: a slot may hold a refresh and no read. */
  get count(): number {
    return this.#reads + this.loads.count;
  }

  record(message: CacheReadMessage): void {
    const { outcome } = message;
    const cell = cellOf(outcome, message.tier);
    if (!(cell >= 0)) throw new RangeError("an outcome that is not known");
    this.#add(cell, 1);
    if (outcome === "hit" || outcome === "stale" || outcome === "negative") this.hits.record(message.durationMs);
  }

  recordLoad({ durationMs }: CacheLoadMessage): void {
    this.loads.record(durationMs);
  }

  /** Every combination of outcome and tier that occurred. */
  *endings(): Iterable<{ outcome: CacheOutcome; tier: CacheTier | null; count: number }> {
    for (const outcome of ["hit", "coalesced", "stale", "negative", "miss", "error", "bypass"] as const) {
      for (const tier of tiers) {
        const count = this.#cells[cellOf(outcome, tier)] ?? 0;
        if (count > 0) yield { outcome, tier, count };
      }
    }
  }

  /** Adds the reads to `counts`. A hit that names no tier counts as one from memory, so that the sum stays exact. */
  addOutcomes(counts: OutcomeCounts): void {
    for (const { outcome, tier, count } of this.endings()) {
      if (outcome === "hit") counts[tier === "l2" ? "hitL2" : "hitL1"] += count;
      else counts[outcome] += count;
    }
  }

  merge(other: CacheSeries): void {
    for (let cell = 0; cell < cellCount; cell += 1) this.#add(cell, other.#cells[cell] ?? 0);
    this.hits.merge(other.hits);
    this.loads.merge(other.loads);
  }

  reset(): void {
    this.#cells.fill(0);
    this.hits.reset();
    this.loads.reset();
    this.#reads = 0;
  }

  write(writer: ByteWriter): void {
    let last = cellCount;
    while (last > 0 && this.#cells[last - 1] === 0) last -= 1;
    writer.varint(last);
    for (let cell = 0; cell < last; cell += 1) writer.varint(this.#cells[cell] ?? 0);
    writeHistogram(writer, this.hits);
    writeHistogram(writer, this.loads);
  }

  mergeEncoded(reader: ByteReader): void {
    const cells = reader.varint();
    if (cells > cellCount) throw new RangeError("a cache outcome beyond the last one");
    for (let cell = 0; cell < cells; cell += 1) this.#add(cell, reader.varint());
    mergeEncoded(reader, this.hits);
    mergeEncoded(reader, this.loads);
  }

  #add(cell: number, count: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + count;
    this.#reads += count;
  }
}
