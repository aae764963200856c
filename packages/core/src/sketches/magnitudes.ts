import type { ByteReader, ByteWriter } from "./bytes";

/** Zero, then one bucket per power of two: bucket n holds 2^(n-1) up to, not including, 2^n. The last one is open. */
export const magnitudeBuckets = 33;
const largest = 2 ** 31;

function bucketOf(value: number): number {
  return value >= largest ? magnitudeBuckets - 1 : 32 - Math.clz32(value);
}

/**
 * Whole numbers, such as the size of a response or the statements of a call, by their power of two. Count, sum and maximum
 * are exact; quantiles are known to a power of two only. Merging is the same as recording the union.
 */
export class Magnitudes {
  readonly buckets = new Float64Array(magnitudeBuckets);
  count = 0;
  sum = 0;
  max = 0;

  /** Adds one number without allocating. Negative numbers and NaN count as zero; fractions are rounded down. */
  record(value: number): void {
    const whole = value > 0 ? Math.floor(value) : 0;
    const bucket = bucketOf(whole);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.count += 1;
    this.sum += whole;
    if (whole > this.max) this.max = whole;
  }

  get mean(): number | null {
    return this.count === 0 ? null : this.sum / this.count;
  }

  /** Upper bound of the value at rank ⌈q × count⌉: the end of its power of two, or the maximum. Null without values. */
  quantileAtMost(q: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.min(this.count, Math.max(1, Math.ceil(q * this.count - 1e-9)));
    let seen = 0;
    for (let bucket = 0; bucket < magnitudeBuckets - 1; bucket += 1) {
      seen += this.buckets[bucket] ?? 0;
      if (seen >= rank) return Math.min(bucket === 0 ? 0 : 2 ** bucket - 1, this.max);
    }
    return this.max;
  }

  merge(other: Magnitudes): void {
    if (other.count === 0) return;
    for (let bucket = 0; bucket < magnitudeBuckets; bucket += 1) {
      this.buckets[bucket] = (this.buckets[bucket] ?? 0) + (other.buckets[bucket] ?? 0);
    }
    this.count += other.count;
    this.sum += other.sum;
    if (other.max > this.max) this.max = other.max;
  }

  reset(): void {
    if (this.count === 0) return;
    this.buckets.fill(0);
    this.count = 0;
    this.sum = 0;
    this.max = 0;
  }

  /** Appends the end and the start of the buckets that are not empty, their counts, sum and maximum; one byte when empty. */
  write(writer: ByteWriter): void {
    let end = magnitudeBuckets;
    while (end > 0 && this.buckets[end - 1] === 0) end -= 1;
    writer.varint(end);
    if (end === 0) return;
    let first = 0;
    while (this.buckets[first] === 0) first += 1;
    writer.varint(first);
    for (let bucket = first; bucket < end; bucket += 1) writer.varint(this.buckets[bucket] ?? 0);
    writer.varint(this.sum);
    writer.varint(this.max);
  }

  /** Merges what `write` appended. Throws a RangeError when the bytes are invalid. */
  mergeEncoded(reader: ByteReader): void {
    const end = reader.varint();
    if (end === 0) return;
    if (end > magnitudeBuckets) throw new RangeError("a bucket beyond the last one");
    for (let bucket = reader.varint(); bucket < end; bucket += 1) {
      const count = reader.varint();
      this.buckets[bucket] = (this.buckets[bucket] ?? 0) + count;
      this.count += count;
    }
    this.sum += reader.varint();
    this.max = Math.max(this.max, reader.varint());
  }
}
