import { median } from "../../../../../bench/statistics";
import { type Slope, theilSen } from "./theil-sen";

export type MemorySample = {
  atSeconds: number;
  /** All of the process, over a short while. */
  residentMb: number;
  /** At one moment: what is resident without what V8 has reserved for its heap. */
  besideHeapMb: number;
};

export type Trend = {
  thirdMb: number;
  fourthMb: number;
  /** From the median of the third quarter to that of the fourth. */
  growthMb: number;
  growthRatio: number;
  /** Over the second half, in MB per second. */
  slope: Slope;
  /** Minimum growth per quarter, by the lower end of the slope's interval. */
  leastGrowthMb: number;
};

/**
 * Resident memory as a whole follows V8, which lets garbage double its heap before it collects it: 100 MB up and down
 * within a minute, and medians of quarters that differ by a twentieth. It only shows growth far beyond that.
 */
export const mostResidentRatio = 0.15;
/**
 * Buffers, sockets, zlib, the allocator: memory outside V8's heap does not fluctuate like that. Its medians differ by 1
 * MB or 2.
 */
export const mostBesideHeapMb = 5;
/**
 * What outlives a full collection hardly moves, since entries of caches that are full are replaced by others of their
 * kind; requests that are in flight at that moment hold up to 3 MB. A full run answers 800 000 in its second half: a
 * leak of five bytes in each shows.
 */
export const mostLiveMb = 4;

/**
 * The trend of memory in the second half of a run; in the first half caches, compilers and pools fill up. Samples are
 * in order and evenly spaced; NaN with fewer than four.
 */
export function findTrend(samples: readonly (readonly [atSeconds: number, mb: number])[]): Trend {
  const quarter = Math.floor(samples.length / 4);
  const secondHalf = samples.slice(samples.length - 2 * quarter);
  const medianMb = (some: typeof samples): number => median(some.map(([, mb]) => mb));
  const thirdMb = medianMb(secondHalf.slice(0, quarter));
  const fourthMb = medianMb(secondHalf.slice(quarter));
  const slope = theilSen(secondHalf);
  const secondsBetween = (secondHalf[quarter]?.[0] ?? Number.NaN) - (secondHalf[0]?.[0] ?? Number.NaN);
  return {
    thirdMb,
    fourthMb,
    growthMb: fourthMb - thirdMb,
    growthRatio: fourthMb / thirdMb - 1,
    slope,
    leastGrowthMb: slope.interval[0] * secondsBetween,
  };
}

/**
 * How much more outlived a full collection at the end of the run than in its middle, in MB; null when either is
 * unknown. Takes one value per quarter, each from its end.
 */
export function liveGrowthMb(liveMb: readonly number[]): number | null {
  const [, half, , end] = liveMb;
  return half === undefined || end === undefined ? null : end - half;
}
