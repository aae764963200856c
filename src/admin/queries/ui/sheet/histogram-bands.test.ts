import { expect, test } from "vitest";
import { placeOf, toBands } from "./histogram-bands";

const bars = (length: number) =>
  Array.from({ length }, (_, index) => ({
    fromMs: 2 ** index,
    toMs: index === length - 1 ? null : 2 ** (index + 1),
    count: index,
  }));

test("few bars stay as they are, many are joined, and none of their counts is lost", () => {
  expect(toBands(bars(5))).toEqual(bars(5));
  const joined = toBands(bars(100));
  expect(joined).toHaveLength(34);
  expect(joined[0]).toEqual({ fromMs: 1, toMs: 8, count: 3 });
  expect(joined.at(-1)).toMatchObject({ toMs: null });
  expect(joined.reduce((sum, { count }) => sum + count, 0)).toBe(4950);
  expect(toBands([])).toEqual([]);
});

test("a percentile stands where its duration lies between the edges, on a scale that doubles", () => {
  const bands = toBands(bars(4));
  expect(placeOf(bands, 2)).toBeCloseTo(0.25, 5);
  expect(placeOf(bands, Math.SQRT2 * 2)).toBeCloseTo(0.375, 5);
  expect(placeOf(bands, 9_999)).toBeCloseTo(0.875, 5);
  expect(placeOf(bands, 0.5)).toBeNull();
  expect(placeOf(bands, null)).toBeNull();
});
