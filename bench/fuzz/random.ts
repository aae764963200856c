export type Random = {
  /** From 0 to 1, without 1. */
  next: () => number;
  /** A whole number from 0 to `below`, without it. */
  below: (below: number) => number;
  pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
  /** True with this probability. */
  chance: (probability: number) => boolean;
  bytes: (length: number) => Buffer;
};

/** Pseudorandom numbers, reproducible by seed. Marsaglia's xorshift32 with a final multiplication. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x9e37_79b1) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    chance: (probability) => next() < probability,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
