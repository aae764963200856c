import fc from "fast-check";
import { expect, test } from "vitest";
import { coverageOf, readCursor, showCursor } from "./walk";

/** The next cursor as Redis counts: reverse, increment, reverse, within a table of 2 ** bits buckets. */
function nextCursor(cursor: bigint, bits: number): bigint {
  const reverse = (value: bigint): bigint =>
    BigInt(`0b${Array.from(value.toString(2).padStart(bits, "0")).toReversed().join("")}`);
  return reverse((reverse(cursor) + 1n) % 2n ** BigInt(bits));
}

test("the cursors of a whole scan cover the buckets evenly, whatever the size of the table", () => {
  for (const bits of [1, 2, 5, 10]) {
    const size = 2 ** bits;
    let cursor = 0n;
    for (let step = 0; step < size; step += 1) {
      expect(coverageOf(String(cursor))).toBe(step / size);
      cursor = nextCursor(cursor, bits);
    }
    expect(cursor).toBe(0n);
  }
});

test("the coverage of any cursor lies between 0 and 1", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (cursor) => {
      const coverage = coverageOf(String(cursor));
      expect(coverage).toBeGreaterThanOrEqual(0);
      expect(coverage).toBeLessThanOrEqual(1);
    }),
  );
});

test("a shown cursor reads back, and any other text is refused", () => {
  expect(readCursor(showCursor("18446744073709551615"))).toBe("18446744073709551615");
  expect(readCursor(undefined)).toBe("0");
  for (const text of ["", "5", "1-5", "0-", "0--1", "0-x", "0-123456789012345678901"]) {
    expect(() => readCursor(text)).toThrow(/cursor/iu);
  }
});
