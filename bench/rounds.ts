/** The same items in random order. `random` is like Math.random. */
export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const order = items.map((item) => ({ item, rank: random() }));
  return order.toSorted((a, b) => a.rank - b.rank).map(({ item }) => item);
}

/**
 * Measures every item once per round, each round in random order, so that a machine that becomes slower or faster
 * favors none. Returns the results per item, in the order of the rounds.
 */
export async function interleave<Item, Result>(options: {
  items: readonly Item[];
  rounds: number;
  random: () => number;
  measure: (item: Item, round: number) => Promise<Result>;
  onRound?: (done: number) => void;
}): Promise<Map<Item, Result[]>> {
  const { items, rounds, random, measure, onRound } = options;
  const results = new Map<Item, Result[]>(items.map((item) => [item, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const item of shuffled(items, random)) results.get(item)?.push(await measure(item, round));
    onRound?.(round + 1);
  }
  return results;
}
