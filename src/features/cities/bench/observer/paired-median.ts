import { median } from "../../../../../bench/statistics";

/** One measurement of each side, taken back to back. */
export type Pair = readonly [above: number, below: number];

export type PairedMedian = {
  /** The median of the ratios. */
  ratio: number;
  /** Its 95 % interval; null with fewer than two pairs. */
  interval: readonly [low: number, high: number] | null;
  pairs: number;
};

const resamples = 4_000;

function drawn<Item>(items: readonly Item[], random: () => number): Item[] {
  // The index is below the length, so there is one.
  return items.map(() => items[Math.floor(random() * items.length)] as Item);
}

/**
 * How many times larger the first numbers are than the second. Pairs come in groups: those of one group were measured on
 * the same two processes, which differ by more than two slices of one do. The interval is a bootstrap that draws groups
 * first, then pairs within them, so that it covers both. `random` is like Math.random.
 */
export function pairedMedian(groups: readonly (readonly Pair[])[], random: () => number): PairedMedian {
  const ratios = groups.map((pairs) => pairs.map(([above, below]) => above / below)).filter(({ length }) => length > 0);
  const all = ratios.flat();
  const ratio = median(all);
  if (all.length < 2) return { ratio, interval: null, pairs: all.length };
  const medians = Array.from({ length: resamples }, () =>
    median(drawn(ratios, random).flatMap((group) => drawn(group, random))),
  ).toSorted((a, b) => a - b);
  const at = (share: number): number => medians[Math.floor(share * (resamples - 1))] ?? ratio;
  return { ratio, interval: [at(0.025), at(0.975)], pairs: all.length };
}
