import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../../bench/fuzz/random";
import { type Pair, pairedMedian } from "./paired-median";

const positive = fc.double({ min: 0.01, max: 1_000, noNaN: true });

describe("pairedMedian", () => {
  it("is not affected by what slows both sides of a pair", () => {
    fc.assert(
      fc.property(
        positive,
        fc.array(positive, { minLength: 2, maxLength: 20 }),
        fc.integer(),
        (ratio, slices, seed) => {
          const pairs = slices.map((speed): Pair => [speed * ratio, speed]);
          const found = pairedMedian([pairs], createRandom(seed).next);
          expect(found.ratio / ratio).toBeCloseTo(1, 9);
          expect((found.interval?.[0] ?? 0) / ratio).toBeCloseTo(1, 9);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("covers differences between pairs of processes", () => {
    const group = (ratio: number): Pair[] => Array.from({ length: 50 }, () => [ratio, 1]);
    const [low = 0, high = 0] =
      pairedMedian([group(1.01), group(1.03), group(1.05)], createRandom(7).next).interval ?? [];
    expect(low).toBeLessThanOrEqual(1.02);
    expect(high).toBeGreaterThanOrEqual(1.04);
  });

  it("is not moved by one stalled slice", () => {
    const pairs: Pair[] = [...Array.from({ length: 20 }, (): Pair => [1.02, 1]), [9, 1]];
    expect(pairedMedian([pairs], createRandom(3).next)).toEqual({ ratio: 1.02, interval: [1.02, 1.02], pairs: 21 });
  });

  it("has no interval for a single pair", () => {
    expect(pairedMedian([[[3, 2]], []], createRandom(1).next)).toEqual({ ratio: 1.5, interval: null, pairs: 1 });
  });
});
