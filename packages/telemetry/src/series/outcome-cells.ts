import type { OutcomeCounts } from "@weir/core/outcomes";
import type { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import type { CacheOutcome, CacheTier } from "@weir/core/channels";

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
const outcomes = ["hit", "coalesced", "stale", "negative", "miss", "error", "bypass"] as const;
const tiers = ["l1", "l2", null] as const;
const cellCount = outcomes.length * tiers.length;

function cellOf(outcome: CacheOutcome, tier: CacheTier | null): number {
  return outcomePlaces[outcome] * tiers.length + (tier === "l1" ? 0 : tier === "l2" ? 1 : 2);
}

/** True for reads that were answered without a load. */
export function isAnsweredFromCache(outcome: CacheOutcome): boolean {
  return outcome === "hit" || outcome === "stale" || outcome === "negative";
}

/** How reads ended: one count per outcome and tier. */
export class OutcomeCells {
  readonly #cells = new Float64Array(cellCount);
  reads = 0;

  /** Throws a RangeError for an outcome that is not known. */
  record(outcome: CacheOutcome, tier: CacheTier | null): void {
    const cell = cellOf(outcome, tier);
    if (!(cell >= 0)) throw new RangeError("an outcome that is not known");
    this.#add(cell, 1);
  }

  /** Every combination of outcome and tier that occurred. */
  *endings(): Iterable<{ outcome: CacheOutcome; tier: CacheTier | null; count: number }> {
    for (const outcome of outcomes) {
      for (const tier of tiers) {
        const count = this.#cells[cellOf(outcome, tier)] ?? 0;
        if (count > 0) yield { outcome, tier, count };
      }
    }
  }

  /** Adds the reads to `counts`. A hit that names no tier counts as one from memory, so that the sum stays exact. */
  addTo(counts: OutcomeCounts): void {
    for (const { outcome, tier, count } of this.endings()) {
      if (outcome === "hit") counts[tier === "l2" ? "hitL2" : "hitL1"] += count;
      else counts[outcome] += count;
    }
  }

  merge(other: OutcomeCells): void {
    if (other.reads === 0) return;
    for (let cell = 0; cell < cellCount; cell += 1) this.#add(cell, other.#cells[cell] ?? 0);
  }

  reset(): void {
    this.#cells.fill(0);
    this.reads = 0;
  }

  write(writer: ByteWriter): void {
    let last = cellCount;
    while (last > 0 && this.#cells[last - 1] === 0) last -= 1;
    writer.varint(last);
    for (let cell = 0; cell < last; cell += 1) writer.varint(this.#cells[cell] ?? 0);
  }

  mergeEncoded(reader: ByteReader): void {
    const cells = reader.varint();
    if (cells > cellCount) throw new RangeError("a cache outcome beyond the last one");
    for (let cell = 0; cell < cells; cell += 1) this.#add(cell, reader.varint());
  }

  #add(cell: number, count: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + count;
    this.reads += count;
  }
}
