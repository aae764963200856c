import { median } from "../../../../../bench/statistics";

export type Point = readonly [x: number, y: number];

export type Slope = {
  /** How much y grows per unit of x: the median of the slopes between all pairs of points. */
  slope: number;
  /** Its 95 % interval. Points that follow each other closely are not independent, so it is narrower than it should be. */
  interval: readonly [low: number, high: number];
};

const z975 = 1.96;

/**
 * The slope of a line, robust against a quarter of outliers. No x may occur twice; NaN with fewer than two points. Sen,
 * "Estimates of the regression coefficient based on Kendall's tau", 1968; the interval is by ranks, from the same.
 */
export function theilSen(points: readonly Point[]): Slope {
  const slopes = points
    .flatMap(([x, y], index) => points.slice(index + 1).map(([laterX, laterY]) => (laterY - y) / (laterX - x)))
    .toSorted((a, b) => a - b);
  const { length } = points;
  const reach = z975 * Math.sqrt((length * (length - 1) * (2 * length + 5)) / 18);
  const at = (rank: number): number => slopes[Math.min(Math.max(rank, 0), slopes.length - 1)] ?? Number.NaN;
  const low = Math.floor((slopes.length - reach) / 2);
  return { slope: median(slopes), interval: [at(low), at(slopes.length - 1 - low)] };
}
