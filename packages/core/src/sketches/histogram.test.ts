import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "./bytes";
import {
  decodeHistogram,
  encodeHistogram,
  highestMs,
  Histogram,
  lowestMs,
  maxRecordedMs,
  mergeEncoded,
  relativeError,
  writeHistogram,
} from "./histogram";

function recordAll(durationsMs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const durationMs of durationsMs) histogram.record(durationMs);
  return histogram;
}

function exactQuantile(durationsMs: readonly number[], q: number): number {
  const sorted = durationsMs.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)] ?? Number.NaN;
}

/** Spread over all magnitudes, as latencies are, and not only over the largest one. */
const durationMs = fc.double({ min: -9.9, max: 15.9, noNaN: true }).map((exponent) => 2 ** exponent);
const anyDurationMs = fc.oneof(durationMs, fc.double({ min: 0, max: 200_000, noNaN: true }), fc.constant(0));
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("a histogram", () => {
  test("promises at most five per cent of error from 50 µs to 60 s", () => {
    expect(relativeError).toBeLessThan(0.05);
    expect(lowestMs).toBeLessThan(0.05);
    expect(highestMs).toBeGreaterThan(60_000);
  });

  test("returns every quantile within relativeError of the exact one", () => {
    fc.assert(
      fc.property(fc.array(durationMs, { minLength: 1, maxLength: 300 }), share, (durations, q) => {
        const exact = exactQuantile(durations, q);
        // Half a nanosecond for rounding, beside the promise.
        expect(Math.abs((recordAll(durations).quantile(q) ?? Number.NaN) - exact)).toBeLessThanOrEqual(
          exact * relativeError * (1 + 1e-9) + 5e-7,
        );
      }),
      { numRuns: 500 },
    );
  });

  test("puts each duration into the bucket that its logarithm names", () => {
    fc.assert(
      fc.property(durationMs, (ms) => {
        const bucket = recordAll([ms]).buckets.indexOf(1);
        const exact = Math.log2(ms / lowestMs) * 8;
        // On an edge, the last bit of the logarithm decides nothing.
        const isOnEdge = Math.abs(exact - Math.round(exact)) <= 1e-9;
        expect(isOnEdge ? [Math.round(exact), Math.round(exact) + 1] : [Math.ceil(exact)]).toContain(bucket);
      }),
      { numRuns: 2_000 },
    );
    for (let exponent = -9; exponent <= 16; exponent += 1) {
      expect(recordAll([2 ** exponent]).buckets.indexOf(1)).toBe((exponent + 10) * 8);
    }
  });

  test("merges to what recording the union gives", () => {
    fc.assert(
      fc.property(fc.array(anyDurationMs), fc.array(anyDurationMs), (left, right) => {
        const merged = recordAll(left);
        merged.merge(recordAll(right));
        expect(merged).toEqual(recordAll([...left, ...right]));
      }),
    );
  });

  test("merges to the same whatever the grouping", () => {
    fc.assert(
      fc.property(fc.array(anyDurationMs), fc.array(anyDurationMs), fc.array(anyDurationMs), (a, b, c) => {
        const leftFirst = recordAll(a);
        leftFirst.merge(recordAll(b));
        leftFirst.merge(recordAll(c));
        const rightPart = recordAll(b);
        rightPart.merge(recordAll(c));
        const rightFirst = recordAll(a);
        rightFirst.merge(rightPart);
        expect(leftFirst).toEqual(rightFirst);
      }),
    );
  });

  test("knows count, sum and largest value exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60_000_000 })), (microseconds) => {
        const histogram = recordAll(microseconds.map((us) => us / 1_000));
        expect(histogram.count).toBe(microseconds.length);
        expect(histogram.sumNs).toBe(microseconds.reduce((sum, us) => sum + us * 1_000, 0));
        expect(histogram.maxNs).toBe(Math.max(0, ...microseconds) * 1_000);
      }),
    );
  });

  test("counts exactly what was at most a power of two", () => {
    const exponents = Array.from({ length: 27 }, (_, index) => index - 10);
    fc.assert(
      fc.property(fc.array(fc.oneof(anyDurationMs, fc.constantFrom(0.5, 1, 2, 1_024))), (durations) => {
        const exact = exponents.map((exponent) => durations.filter((ms) => ms <= 2 ** exponent).length);
        expect(recordAll(durations).countsUpTo(exponents)).toEqual(exact);
      }),
    );
  });

  test("without samples has no quantile", () => {
    expect(new Histogram().quantile(0.5)).toBeNull();
  });

  test("below its range returns its lowest edge, or the maximum if that is lower", () => {
    expect(recordAll([0.000_1, 0.000_2, 5]).quantile(0.5)).toBe(lowestMs);
    expect(recordAll([0.000_1, 0.000_2]).quantile(0.5)).toBe(0.000_2);
    expect(recordAll([0]).quantile(1)).toBe(0);
  });

  test("above its range returns the maximum", () => {
    expect(recordAll([1, 70_000, 90_000]).quantile(0.6)).toBe(90_000);
  });

  test("never returns more than the maximum", () => {
    fc.assert(
      fc.property(fc.array(anyDurationMs, { minLength: 1 }), share, (durations, q) => {
        const histogram = recordAll(durations);
        expect(histogram.quantile(q)).toBeLessThanOrEqual(histogram.maxMs);
      }),
    );
  });

  test("counts a duration that makes no sense as zero and an endless one as a day", () => {
    const histogram = recordAll([Number.NaN, -5]);
    expect([histogram.count, histogram.sumNs, histogram.maxNs]).toEqual([2, 0, 0]);
    expect(recordAll([Number.POSITIVE_INFINITY]).maxMs).toBe(maxRecordedMs);
  });

  test("is empty after a reset", () => {
    const histogram = recordAll([1, 2, 3]);
    histogram.reset();
    expect(histogram).toEqual(new Histogram());
  });
});

const durations = fc.array(fc.double({ min: 0, max: 200_000, noNaN: true }));

describe("an encoded histogram", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(durations, (recorded) => {
        const histogram = recordAll(recorded);
        expect(decodeHistogram(encodeHistogram(histogram))).toEqual(histogram);
      }),
    );
  });

  test("merges into another as the histogram itself would", () => {
    fc.assert(
      fc.property(durations, durations, (left, right) => {
        const target = recordAll(left);
        mergeEncoded(new ByteReader(encodeHistogram(recordAll(right))), target);
        expect(target).toEqual(recordAll([...left, ...right]));
      }),
    );
  });

  test("follows another in the same bytes", () => {
    const [first, second] = [recordAll([1, 5, 9]), recordAll([])];
    const writer = new ByteWriter(1);
    for (const histogram of [first, second, first]) writeHistogram(writer, histogram);
    const reader = new ByteReader(writer.view());
    for (const histogram of [first, second, first]) {
      const read = new Histogram();
      mergeEncoded(reader, read);
      expect(read).toEqual(histogram);
    }
    expect(reader.done).toBe(true);
  });

  test("is one byte when empty and small when latencies are alike", () => {
    const alike = recordAll(Array.from({ length: 10_000 }, (_, index) => 2 + (index % 100) / 50));
    expect(encodeHistogram(new Histogram())).toHaveLength(1);
    expect(encodeHistogram(alike).length).toBeLessThan(32);
  });

  test("is refused when cut short, too long or pointing beyond the last bucket", () => {
    const bytes = encodeHistogram(recordAll([1, 2, 300]));
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeHistogram(bytes.subarray(0, length))).toThrow(RangeError);
    }
    expect(() => decodeHistogram(Uint8Array.of(...bytes, 0))).toThrow(RangeError);
    expect(() => decodeHistogram(Uint8Array.of(1, 200, 1, 30, 1, 1))).toThrow("beyond the last");
  });
});
