import { ByteReader, ByteWriter } from "./bytes";

/** Buckets per doubling: their edges are powers of 2^(1/8). */
const PER_DOUBLING = 8;
/** 2^-10 ms, just under a microsecond, to 2^16 ms, 65.5 s. */
const LOWEST_EXPONENT = -10;
const HIGHEST_EXPONENT = 16;
const OFFSET = -LOWEST_EXPONENT * PER_DOUBLING;
const LAST = (HIGHEST_EXPONENT - LOWEST_EXPONENT) * PER_DOUBLING;

const GROWTH = 2 ** (1 / PER_DOUBLING);
/** The value of a bucket with the same relative distance from both of its edges: 2 ÷ (1 + growth) of the upper one. */
const MIDDLE = 2 / (1 + GROWTH);

/** One bucket for all shorter durations, the log-spaced ones, and one for all longer durations. */
export const bucketCount = LAST + 2;

/** At and below this a duration is only known to be that short. */
export const lowestMs = 2 ** LOWEST_EXPONENT;
/** Above this a duration is only known to be that long. */
export const highestMs = 2 ** HIGHEST_EXPONENT;

/** Longer durations are recorded as one day, so that a single outlier cannot dominate the sum. */
export const maxRecordedMs = 86_400_000;

/**
 * Maximum relative error of `quantile` between `lowestMs` and `highestMs`.
 */
export const relativeError = (GROWTH - 1) / (GROWTH + 1);

/** A number and, in the same memory, its bits: sign and exponent in the upper word. */
const float = new Float64Array([1]);
const words = new Uint32Array(float.buffer);
const upper = words[0] === 0 ? 1 : 0;
const exponentBias = 1_023;
const mantissaMask = 0xf_ff_ff;
const exponentOfOne = 0x3f_f0_00_00;
const [edge1, edge2, edge3, edge4, edge5, edge6, edge7] = [1, 2, 3, 4, 5, 6, 7].map((n) => 2 ** (n / PER_DOUBLING)) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** The bucket within one doubling for `factor`, above 1 and at most 2; 0 for 1 itself, which belongs to the doubling before. */
function eighthOf(factor: number): number {
  if (factor > edge4) return factor > edge6 ? (factor > edge7 ? 8 : 7) : factor > edge5 ? 6 : 5;
  if (factor > edge2) return factor > edge3 ? 4 : 3;
  return factor > edge1 ? 2 : factor > 1 ? 1 : 0;
}

/** ⌈log₂(ms) × 8⌉ plus an offset, computed from the bits: called for each message, and a logarithm takes twice the time. */
function bucketOf(ms: number): number {
  if (ms <= lowestMs) return 0;
  if (ms > highestMs) return LAST + 1;
  float[0] = ms;
  const word = words[upper] ?? 0;
  words[upper] = (word & mantissaMask) | exponentOfOne;
  return ((word >>> 20) - exponentBias) * PER_DOUBLING + eighthOf(float[0] ?? 1) + OFFSET;
}

/** The range of a bucket: durations longer than `fromMs`, up to `toMs`, which is null for the last bucket. */
export function bucketEdges(bucket: number): { fromMs: number; toMs: number | null } {
  const edge = (at: number): number => 2 ** ((at - OFFSET) / PER_DOUBLING);
  return { fromMs: bucket === 0 ? 0 : edge(bucket - 1), toMs: bucket > LAST ? null : edge(bucket) };
}

/**
 * Durations in log-spaced buckets. Histograms merge without loss: merging is the same as recording the union. Count, sum
 * and maximum are exact to the nanosecond; quantiles have a relative error of at most `relativeError`.
 *
 * Source: the bucket layout and its error bound are those of DDSketch (Masson, Rim, Lee: "DDSketch: a fast and
 * fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019); the growth of 2^(1/8) is scale 3 of
 * OpenTelemetry's exponential histograms, so that every eighth edge is a power of two.
 */
export class Histogram {
  /** Number of durations in each bucket; an upper edge belongs to its bucket. */
  readonly buckets = new Float64Array(bucketCount);
  count = 0;
  /** Whole nanoseconds, so that sums do not depend on the order of addition; exact below 2^53 (104 days). */
  sumNs = 0;
  maxNs = 0;

  get sumMs(): number {
    return this.sumNs / 1e6;
  }

  get maxMs(): number {
    return this.maxNs / 1e6;
  }

  /** Adds one duration without allocating. Negative numbers (a clock that stepped back) and NaN count as zero. */
  record(durationMs: number): void {
    const ms = durationMs > 0 ? Math.min(durationMs, maxRecordedMs) : 0;
    const ns = Math.round(ms * 1e6);
    this.add(bucketOf(ms), 1);
    this.sumNs += ns;
    if (ns > this.maxNs) this.maxNs = ns;
  }

  /** Adds a count to one bucket. The caller must update `sumNs` and `maxNs` as well. */
  add(bucket: number, count: number): void {
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + count;
    this.count += count;
  }

  /** Adds everything in `other`, which stays unchanged. */
  merge(other: Histogram): void {
    if (other.count === 0) return;
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      this.buckets[bucket] = (this.buckets[bucket] ?? 0) + (other.buckets[bucket] ?? 0);
    }
    this.count += other.count;
    this.sumNs += other.sumNs;
    if (other.maxNs > this.maxNs) this.maxNs = other.maxNs;
  }

  reset(): void {
    if (this.count === 0) return;
    this.buckets.fill(0);
    this.count = 0;
    this.sumNs = 0;
    this.maxNs = 0;
  }

  /**
   * The duration at rank ⌈q × count⌉ in milliseconds, for q from 0 (the minimum) to 1; null without samples. Returns
   * `lowestMs` below `lowestMs`, and the maximum above `highestMs`; never more than the maximum.
   */
  quantile(q: number): number | null {
    if (this.count === 0) return null;
    // The subtraction corrects products such as 0.07 × 100 = 7.000000000000001.
    const rank = Math.min(this.count, Math.max(1, Math.ceil(q * this.count - 1e-9)));
    let seen = 0;
    let bucket = 0;
    for (; bucket < bucketCount; bucket += 1) {
      seen += this.buckets[bucket] ?? 0;
      if (seen >= rank) break;
    }
    if (bucket === 0) return Math.min(lowestMs, this.maxMs);
    if (bucket > LAST) return this.maxMs;
    return Math.min(2 ** ((bucket - OFFSET) / PER_DOUBLING) * MIDDLE, this.maxMs);
  }

  /**
   * The counts in the form of OpenTelemetry's exponential histogram of scale 3, in milliseconds: bucket i, from `offset` on,
   * holds durations above 2^(i/8) and up to 2^((i+1)/8). Durations below all buckets count as zero.
   */
  exponential(): { zeroCount: number; offset: number; counts: number[] } {
    let first = 1;
    while (first < bucketCount && this.buckets[first] === 0) first += 1;
    let end = bucketCount;
    while (end > first && this.buckets[end - 1] === 0) end -= 1;
    const counts = [...this.buckets.subarray(first, end)];
    return { zeroCount: this.buckets[0] ?? 0, offset: counts.length === 0 ? 0 : first - 1 - OFFSET, counts };
  }

  /**
   * Number of durations of at most 2^exponent ms, for each of the ascending exponents. Exact: each limit is the edge of a
   * bucket.
   */
  countsUpTo(exponents: readonly number[]): number[] {
    let seen = 0;
    let bucket = 0;
    return exponents.map((exponent) => {
      const last = Math.min(LAST + 1, (exponent - LOWEST_EXPONENT) * PER_DOUBLING);
      for (; bucket <= last; bucket += 1) seen += this.buckets[bucket] ?? 0;
      return seen;
    });
  }
}

/**
 * Appends `histogram`: the number of runs of adjacent buckets that are not empty; each run as its distance from the one
 * before, its length and its counts; then sum and maximum in nanoseconds. An empty histogram takes one byte, a common one
 * 20 to 60.
 */
export function writeHistogram(writer: ByteWriter, histogram: Histogram): void {
  const runs = usedRuns(histogram);
  writer.varint(runs.length);
  if (runs.length === 0) return;
  let previous = 0;
  for (const [first, end] of runs) {
    writer.varint(first - previous);
    writer.varint(end - first);
    for (let bucket = first; bucket < end; bucket += 1) writer.varint(histogram.buckets[bucket] ?? 0);
    previous = end;
  }
  writer.varint(histogram.sumNs);
  writer.varint(histogram.maxNs);
}

/** Merges the next histogram of `reader` into `target`. Throws a RangeError when the bytes are not a histogram. */
export function mergeEncoded(reader: ByteReader, target: Histogram): void {
  const runs = reader.varint();
  if (runs === 0) return;
  let bucket = 0;
  for (let index = 0; index < runs; index += 1) {
    bucket += reader.varint();
    const end = bucket + reader.varint();
    if (end > bucketCount) throw new RangeError("a bucket beyond the last one");
    for (; bucket < end; bucket += 1) target.add(bucket, reader.varint());
  }
  target.sumNs += reader.varint();
  target.maxNs = Math.max(target.maxNs, reader.varint());
}

/** Encodes one histogram. */
export function encodeHistogram(histogram: Histogram): Uint8Array {
  const writer = new ByteWriter(128);
  writeHistogram(writer, histogram);
  return writer.view().slice();
}

/** Decodes what `encodeHistogram` returned. Throws a RangeError when the bytes are not a histogram. */
export function decodeHistogram(bytes: Uint8Array): Histogram {
  const histogram = new Histogram();
  const reader = new ByteReader(bytes);
  mergeEncoded(reader, histogram);
  if (!reader.done) throw new RangeError("bytes are left over");
  return histogram;
}

/** Runs of adjacent buckets that are not empty, as [first, after the last]. */
function usedRuns({ buckets, count }: Histogram): [number, number][] {
  const runs: [number, number][] = [];
  if (count === 0) return runs;
  let first = -1;
  for (let bucket = 0; bucket <= bucketCount; bucket += 1) {
    const used = (buckets[bucket] ?? 0) > 0;
    if (used && first === -1) first = bucket;
    if (used || first === -1) continue;
    runs.push([first, bucket]);
    first = -1;
  }
  return runs;
}
