import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../../bench/fuzz/random";
import { findTrend, liveGrowthMb } from "./judge-memory";

/** One sample in five seconds, 120 of them, each with noise of ±4 MB. */
function record(mb: (seconds: number) => number, seed = 1) {
  const random = createRandom(seed);
  return Array.from({ length: 120 }, (_, index) => [index * 5, mb(index * 5) + 8 * random.next() - 4] as const);
}

const seeds = fc.integer({ min: 1, max: 2 ** 31 });

describe("findTrend", () => {
  it("finds no leak in fluctuating memory", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const trend = findTrend(record(() => 200, seed));
        expect(Math.abs(trend.growthMb)).toBeLessThan(4);
        expect(Math.abs(trend.growthRatio)).toBeLessThan(0.02);
        expect(trend.leastGrowthMb).toBeLessThan(1);
      }),
    );
  });

  it("ignores growth in the first half", () => {
    const trend = findTrend(record((seconds) => Math.min(120 + seconds, 300)));
    expect(trend.thirdMb).toBeCloseTo(300, -0.5);
    expect(Math.abs(trend.growthMb)).toBeLessThan(4);
  });

  it("finds a leak of 0.1 MB a second, by the quarters and by the slope", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const trend = findTrend(record((seconds) => 200 + 0.1 * seconds, seed));
        expect(trend.growthMb).toBeGreaterThan(10);
        expect(trend.growthRatio).toBeCloseTo(trend.growthMb / trend.thirdMb, 9);
        expect(trend.leastGrowthMb).toBeGreaterThan(10);
        expect(trend.slope.slope).toBeCloseTo(0.1, 1);
      }),
    );
  });

  it("distinguishes falling from rising memory", () => {
    const trend = findTrend(record((seconds) => 400 - 0.3 * seconds));
    expect(trend.growthMb).toBeLessThan(-30);
    expect(trend.leastGrowthMb).toBeLessThan(-30);
  });

  it("has no result with fewer than four samples", () => {
    const trend = findTrend(record(() => 200).slice(0, 3));
    expect(trend.growthMb).toBeNaN();
    expect(trend.leastGrowthMb).toBeNaN();
  });
});

describe("liveGrowthMb", () => {
  it("compares the end with the middle", () => {
    expect(liveGrowthMb([50, 60, 70, 61.5])).toBeCloseTo(1.5);
  });

  it("is null when the run ended early", () => {
    expect(liveGrowthMb([50, 60])).toBeNull();
  });
});
