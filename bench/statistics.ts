export type Estimate = {
  /** The geometric mean of the ratios. */
  ratio: number;
  /** Its 95 % interval; null with fewer than two pairs. */
  interval: readonly [low: number, high: number] | null;
};

/** Student's t at 97.5 %, for 1 to 30 degrees of freedom; beyond, the normal distribution is close enough. */
const t975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const beyond = 1.96;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The middle value, or the mean of the two in the middle; NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * How many times larger the first number of each pair is than the second. The numbers are positive, and both of a pair
 * were measured in one round, so that a slow round cancels out. The interval is Student's t on the logarithms.
 */
export function pairedRatio(pairs: readonly (readonly [number, number])[]): Estimate {
  const logs = pairs.map(([above, below]) => Math.log(above / below));
  const count = logs.length;
  const mean = sum(logs) / count;
  const ratio = Math.exp(mean);
  if (count < 2) return { ratio, interval: null };
  const deviation = Math.sqrt(sum(logs.map((value) => (value - mean) ** 2)) / (count - 1));
  const reach = ((t975[count - 2] ?? beyond) * deviation) / Math.sqrt(count);
  return { ratio, interval: [Math.exp(mean - reach), Math.exp(mean + reach)] };
}
