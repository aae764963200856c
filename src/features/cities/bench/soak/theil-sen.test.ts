import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../../bench/fuzz/random";
import { theilSen } from "./theil-sen";

const coefficient = fc.double({ min: -100, max: 100, noNaN: true });
const line = (length: number, slope: number, start: number) =>
  Array.from({ length }, (_, x) => [x, start + slope * x] as const);

describe("theilSen", () => {
  it("finds the exact slope of a line", () => {
    fc.assert(
      fc.property(coefficient, coefficient, fc.integer({ min: 2, max: 40 }), (slope, start, length) => {
        const found = theilSen(line(length, slope, start));
        expect(found.slope).toBeCloseTo(slope, 6);
        expect(found.interval[0]).toBeCloseTo(slope, 6);
        expect(found.interval[1]).toBeCloseTo(slope, 6);
      }),
    );
  });

  it("is not affected by one outlier in five", () => {
    fc.assert(
      fc.property(coefficient, fc.integer({ min: 0, max: 4 }), coefficient, (slope, offset, wild) => {
        const points = line(40, slope, 5).map(([x, y]) => [x, x % 5 === offset ? y + wild * 1_000 : y] as const);
        expect(theilSen(points).slope).toBeCloseTo(slope, 6);
      }),
    );
  });

  it("is inverted when the points are", () => {
    const values = fc.array(coefficient, { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(values, (ys) => {
        const there = theilSen(ys.map((y, x) => [x, y] as const));
        const back = theilSen(ys.map((y, x) => [x, -y] as const));
        expect(back.slope).toBeCloseTo(-there.slope, 6);
        expect(back.interval[0]).toBeCloseTo(-there.interval[1], 6);
        expect(there.interval[0]).toBeLessThanOrEqual(there.slope);
        expect(there.interval[1]).toBeGreaterThanOrEqual(there.slope);
      }),
    );
  });

  it("covers the true slope about nineteen times in twenty", () => {
    const random = createRandom(7);
    const rounds = 400;
    let covered = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { interval } = theilSen(line(30, 2, 0).map(([x, y]) => [x, y + 50 * random.next()] as const));
      if (interval[0] <= 2 && 2 <= interval[1]) covered += 1;
    }
    expect(covered / rounds).toBeGreaterThan(0.92);
    expect(covered / rounds).toBeLessThan(0.98);
  });

  it("has no slope with fewer than two points", () => {
    expect(theilSen([[1, 1]]).slope).toBeNaN();
    expect(theilSen([]).interval[0]).toBeNaN();
  });
});
