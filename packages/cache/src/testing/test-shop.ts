import { Redis } from "ioredis";
import { inject } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import type { Cache, CacheGroup } from "../contract/types";
import type { CacheOptions } from "../options";
import { keyNames } from "../redis/names";
import { openTestNodes, testDefinition, type TestNodes, until } from "./test-nodes";

/** The tests share one Redis, which holds many other keys. */
export const unbounded = { maxKeys: 10_000_000, maxMs: 60_000 };

/** Fills beyond a limit are skipped, so many entries are created in portions. */
const portion = 500;
/** On a busy machine no fill may time out. */
const patient = { redisBudgetMs: 20_000, invalidationBudgetMs: 20_000 };

/** Reads these keys and resolves when `witness` finds an entry of each in Redis. */
async function fillEntries<Value, Db, Tx>(
  group: CacheGroup<number, Value>,
  witness: Cache<Db, Tx>,
  wanted: readonly number[],
): Promise<void> {
  for (let from = 0; from < wanted.length; from += portion) {
    const ids = wanted.slice(from, from + portion);
    const keys = ids.map((id) => ({ group: group.name, key: String(id) }));
    // One portion after the other is the point.
    await group.getMany(ids);
    await until(async () => (await witness.preview({ keys })).entries === ids.length);
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

type Item = { id: number; shop: number };

/** Two groups of a shop, and one sensitive group. */
const items = testDefinition<Item>({
  name: "item.read",
  tags: (id, item) => [`item:${id}`, ...(item === null ? [] : [`shop:${item.shop}`])],
  freshFor: "5m",
  staleFor: "1h",
  negativeFor: "10s",
  load: async (id) => ({ id, shop: id % 10 }),
});
const prices = testDefinition<number>({
  name: "price.read",
  version: 3,
  tags: (id) => [`item:${id}`],
  load: async (id) => 2 * id,
});
const secrets = testDefinition<string>({
  name: "secret.read",
  isSensitive: true,
  tags: (id) => [`owner:${id}`],
  load: async (id) => `the secret of ${id}`,
});

export type Shop = TestNodes & {
  readonly keyPrefix: string;
  /** As an eviction would. */
  readonly removeFromRedis: (group: string, version: number, key: string) => Promise<void>;
  /** The groups of each node. */
  readonly groups: readonly {
    readonly items: CacheGroup<number, Item>;
    readonly prices: CacheGroup<number, number>;
    readonly secrets: CacheGroup<number, string>;
  }[];
};

/** Two nodes with the same three groups, nothing read yet. */
export async function openShop(options: Partial<CacheOptions<never, never>> = {}): Promise<Shop> {
  const timings = { ...patient, ...options.timings };
  const given = { redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), ...options, timings };
  const two = await openTestNodes(given, given);
  const groups = two.nodes.map((node) => ({
    items: node.define(items),
    prices: node.define(prices),
    secrets: node.define(secrets),
  }));
  const removeFromRedis: Shop["removeFromRedis"] = async (...name) => {
    const redis = new Redis(inject("redisUrl"));
    try {
      await redis.unlink(keyNames(given.keyPrefix).entry(...name));
    } finally {
      redis.disconnect();
    }
  };
  return { ...two, keyPrefix: given.keyPrefix, removeFromRedis, groups };
}

/** A shop whose first node has read this many items, a tenth as many prices, and three secrets. */
export async function openFilledShop(count: number): Promise<Shop> {
  const shop = await openShop();
  const [first] = shop.groups;
  if (first === undefined) throw new RangeError("There is no node.");
  await fillEntries(first.items, shop.node(1), numbers(count));
  await fillEntries(first.prices, shop.node(1), numbers(count / 10));
  await fillEntries(first.secrets, shop.node(1), numbers(3));
  return shop;
}
