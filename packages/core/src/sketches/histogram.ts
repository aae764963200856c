/** Buckets per doubling: their edges are powers of 2^(1/8). */
const PER_DOUBLING = 8;
/** 2^-10 ms, just under a microsecond, to 2^16 ms, 65.5 s. */
const LOWEST_EXPONENT = -10;
const HIGHEST_EXPONENT = 16;
const OFFSET = -LOWEST_EXPONENT * PER_DOUBLING;
const LAST = (HIGHEST_EXPONENT - LOWEST_EXPONENT) * PER_DOUBLING;

const GROWTH = 2 ** (1 / PER_DOUBLING);
/** The point of a bucket that is equally far, in proportion, from both of its edges: 2 ÷ (1 + growth) of the upper one. */
const MIDDLE = 2 / (1 + GROWTH);

/** One bucket for all that is shorter, the log-spaced ones, one for all that is longer. */
export const bucketCount = LAST + 2;

/** At and below this a duration is only known to be that short. */
export const lowestMs = 2 ** LOWEST_EXPONENT;
/** Above this a duration is only known to be that long. */
export const highestMs = 2 ** HIGHEST_EXPONENT;

/** Longer durations are recorded as one day, so that no single one spoils the sum. */
export const longestRecordedMs = 86_400_000;

/**
 * The largest distance between an answer of `quantile` and the exact one, as a share of the exact one, between
 * `lowestMs` and `highestMs`.
 */
export const relativeError = (GROWTH - 1) / (GROWTH + 1);

/** A number and, under the same memory, its bits: sign and exponent in the upper word. */
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

/** Which of the buckets of one doubling holds `factor`, above 1 and at most 2; 0 for 1 itself, which ends the one before. */
function eighthOf(factor: number): number {
  if (factor > edge4) return factor > edge6 ? (factor > edge7 ? 8 : 7) : factor > edge5 ? 6 : 5;
  if (factor > edge2) return factor > edge3 ? 4 : 3;
  return factor > edge1 ? 2 : factor > 1 ? 1 : 0;
}

/** ⌈log₂(ms) × 8⌉ and an offset, by the number's bits: it is called for each message, and a logarithm takes twice the time. */
function bucketOf(ms: number): number {
  if (ms <= lowestMs) return 0;
  if (ms > highestMs) return LAST + 1;
  float[0] = ms;
  const word = words[upper] ?? 0;
  words[upper] = (word & mantissaMask) | exponentOfOne;
  return ((word >>> 20) - exponentBias) * PER_DOUBLING + eighthOf(float[0] ?? 1) + OFFSET;
}

/** What a bucket holds: durations longer than `fromMs`, up to `toMs`; the last one has no end. */
export function bucketEdges(bucket: number): { fromMs: number; toMs: number | null } {
  const edge = (at: number): number => 2 ** ((at - OFFSET) / PER_DOUBLING);
  return { fromMs: bucket === 0 ? 0 : edge(bucket - 1), toMs: bucket > LAST ? null : edge(bucket) };
}

/**
 * Durations in log-spaced buckets. Two histograms merge without loss: merging is the same as recording the union.
 * Count, sum and largest value are exact to the nanosecond; a quantile is at most `relativeError` off.
 *
 * Source: the bucket layout and its error bound are those of DDSketch (Masson, Rim, Lee: "DDSketch: a fast and
 * fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019); the growth of 2^(1/8) is scale 3 of
 * OpenTelemetry's exponential histograms, so that every eighth edge is a power of two.
 */
export class Histogram {
  /** How many durations ended in each bucket; an upper edge belongs to its bucket. */
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

  /** Adds one duration without allocating. What is not a positive number (a clock that stepped back, NaN) counts as zero. */
  record(durationMs: number): void {
    const ms = durationMs > 0 ? Math.min(durationMs, longestRecordedMs) : 0;
    const ns = Math.round(ms * 1e6);
    this.add(bucketOf(ms), 1);
    this.sumNs += ns;
    if (ns > this.maxNs) this.maxNs = ns;
  }

  /** Adds to one bucket what was counted elsewhere; whoever does so adds to sum and largest value too. */
  add(bucket: number, count: number): void {
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + count;
    this.count += count;
  }

  /** Adds all that `other` holds; `other` stays as it is. */
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
   * The duration at rank ⌈q × count⌉ in milliseconds, for q from 0 (the shortest) to 1; null without samples.
   * Up to `lowestMs` it answers `lowestMs`, above `highestMs` the largest value recorded; it never exceeds that one.
   */
  quantile(q: number): number | null {
    if (this.count === 0) return null;
    // The subtraction undoes products such as 0.07 × 100 = 7.000000000000001.
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
   * The same counts as OpenTelemetry's exponential histogram of scale 3 in milliseconds has them: bucket i of it, from
   * `offset` on, holds what is above 2^(i/8) and at most 2^((i+1)/8). What is shorter than all buckets counts as zero.
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
   * How many durations were at most 2^exponent ms, for each exponent, which rise. Exact: every such duration is an edge
   * between two buckets.
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
