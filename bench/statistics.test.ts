import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, pairedRatio } from "./statistics";

const positive = fc.double({ min: 0.01, max: 1_000, noNaN: true });

describe("pairedRatio", () => {
  it("is not affected by a slow round", () => {
    fc.assert(
      fc.property(positive, fc.array(positive, { minLength: 2, maxLength: 40 }), (ratio, rounds) => {
        const estimate = pairedRatio(rounds.map((speed) => [speed * ratio, speed]));
        expect(estimate.ratio / ratio).toBeCloseTo(1, 9);
        expect((estimate.interval?.[0] ?? 0) / ratio).toBeCloseTo(1, 6);
      }),
    );
  });

  it("is inverted when the pairs are", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(positive, positive), { minLength: 2, maxLength: 40 }), (pairs) => {
        const there = pairedRatio(pairs);
        const back = pairedRatio(pairs.map(([a, b]) => [b, a]));
        expect(there.ratio * back.ratio).toBeCloseTo(1, 9);
        expect((there.interval?.[0] ?? 0) * (back.interval?.[1] ?? 0)).toBeCloseTo(1, 6);
      }),
    );
  });

  it("has the interval of Student's t on the logarithms", () => {
    // Logarithms 0, 1 and 2: mean 1, standard deviation 1, t(2) = 4.303.
    const { ratio, interval } = pairedRatio([
      [1, 1],
      [Math.E, 1],
      [Math.E ** 2, 1],
    ]);
    expect(ratio).toBeCloseTo(Math.E, 9);
    expect(Math.log(interval?.[0] ?? 0)).toBeCloseTo(1 - 4.303 / Math.sqrt(3), 6);
    expect(Math.log(interval?.[1] ?? 0)).toBeCloseTo(1 + 4.303 / Math.sqrt(3), 6);
  });

  it("has no interval for a single pair", () => {
    expect(pairedRatio([[5, 5]])).toEqual({ ratio: 1, interval: null });
  });
});

describe("median", () => {
  it("is the middle value, or the mean of the two in the middle", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
