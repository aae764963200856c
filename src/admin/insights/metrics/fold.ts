type Mergeable<Series> = { merge: (other: Series) => void };

/** Where telemetry counts what has no row of its own. */
const otherSeries = "(other)";

/**
 * The heaviest series, at most `most`; all others together under "(other)", so that sums stay exact. What was handed in is
 * not changed.
 */
export function foldBeyond<Series extends Mergeable<Series>>(
  series: ReadonlyMap<string, Series>,
  most: number,
  { create, weightOf }: { create: () => Series; weightOf: (series: Series) => number },
): ReadonlyMap<string, Series> {
  if (series.size <= most) return series;
  const named = [...series].filter(([name]) => name !== otherSeries);
  const sorted = named
    .map(([name, one]) => ({ name, one, weight: weightOf(one) }))
    .toSorted((a, b) => b.weight - a.weight);
  const others = create();
  const already = series.get(otherSeries);
  if (already !== undefined) others.merge(already);
  for (const { one } of sorted.slice(most - 1)) others.merge(one);
  return new Map([...sorted.slice(0, most - 1).map(({ name, one }) => [name, one] as const), [otherSeries, others]]);
}
