import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "./bytes";
import { Histogram } from "./histogram";
import { decodeHistogram, encodeHistogram, mergeEncoded, writeHistogram } from "./histogram-codec";

function recordAll(durationsMs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const durationMs of durationsMs) histogram.record(durationMs);
  return histogram;
}

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
