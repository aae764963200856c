import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "./bytes";
import { Magnitudes } from "./magnitudes";

const values = fc.array(fc.oneof(fc.nat({ max: 20 }), fc.nat(), fc.integer({ min: 2 ** 31, max: 2 ** 40 })));

function recordAll(numbers: readonly number[]): Magnitudes {
  const magnitudes = new Magnitudes();
  for (const number of numbers) magnitudes.record(number);
  return magnitudes;
}

function encoded(magnitudes: Magnitudes): ByteReader {
  const writer = new ByteWriter();
  magnitudes.write(writer);
  return new ByteReader(writer.view().slice());
}

test("merging, in memory and encoded, is the same as recording the union", () => {
  fc.assert(
    fc.property(values, values, (left, right) => {
      const merged = recordAll(left);
      merged.merge(recordAll(right));
      const decoded = new Magnitudes();
      decoded.mergeEncoded(encoded(recordAll(left)));
      decoded.mergeEncoded(encoded(recordAll(right)));
      const union = recordAll([...left, ...right]);
      expect([merged, decoded]).toEqual([union, union]);
    }),
  );
});

test("count, sum and largest are exact, and a quantile is at most the end of its power of two", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (numbers, q) => {
      const magnitudes = recordAll(numbers);
      expect([magnitudes.count, magnitudes.sum, magnitudes.max]).toEqual([
        numbers.length,
        numbers.reduce((sum, number) => sum + number, 0),
        Math.max(...numbers),
      ]);
      const exact = numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * numbers.length - 1e-9) - 1)] ?? -1;
      const answer = magnitudes.quantileAtMost(q) ?? -1;
      expect(answer).toBeGreaterThanOrEqual(exact);
      expect(answer).toBeLessThanOrEqual(Math.max(0, 2 * exact));
    }),
  );
});

test("one without numbers says so, takes one byte, and is that again after a reset", () => {
  const magnitudes = recordAll([3, 5]);
  magnitudes.reset();
  expect(magnitudes).toEqual(new Magnitudes());
  expect([magnitudes.mean, magnitudes.quantileAtMost(0.5)]).toEqual([null, null]);
  const writer = new ByteWriter();
  magnitudes.write(writer);
  expect(writer.length).toBe(1);
});

test("what is no positive number counts as zero", () => {
  expect(recordAll([-1, Number.NaN, 0.5])).toEqual(recordAll([0, 0, 0]));
});

test("a bucket beyond the last one is refused", () => {
  const writer = new ByteWriter();
  writer.varint(99);
  expect(() => new Magnitudes().mergeEncoded(new ByteReader(writer.view()))).toThrow(RangeError);
});
