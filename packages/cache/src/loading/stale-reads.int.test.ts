import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import type { Cache } from "../contract/types";
import { openTestNodes, testDefinition } from "../testing/test-nodes";

const keys = [0, 1, 2];
const writesPerRun = 150;
const readersPerNode = 3;

/** A seeded generator, so that a failing seed can be run again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Per key, the value of the last invalidation that was acknowledged to a node: no later read may be older. */
type Floors = Map<number, number>;
const raise = (floors: Floors, key: number, value: number): void =>
  void floors.set(key, Math.max(floors.get(key) ?? 0, value));

type Chaos = { cut: () => void; heal: () => void };

/**
 * Writers count up and invalidate, readers on all nodes read; each read must reach what had been acknowledged to its node,
 * and to the fleet, before it began. Returns the reads that did not, and how many there were.
 */
async function run(nodes: readonly Cache<never, never>[], seed: number, chaos?: Chaos) {
  const random = randomFrom(seed);
  const delay = () =>
    new Promise<void>((resolve) => {
      if (random() < 0.4) setImmediate(resolve);
      else setTimeout(resolve, random() * 4);
    });
  const truth = new Map(keys.map((key) => [key, 0]));
  const value = (key: number): number => truth.get(key) ?? 0;
  const floors = nodes.map((): Floors => new Map());
  const stale: string[] = [];
  let reads = 0;
  let writing = true;

  const groups = nodes.map((node) =>
    node.define(
      testDefinition<number>({
        // The tag of one key is known only once its value is.
        tags: (key, loaded) => (key === 0 && loaded === null ? [] : [`item:${key}`]),
        load: async (key) => {
          await delay();
          const read = value(key);
          await delay();
          return read;
        },
      }),
    ),
  );
  const reader = async (at: number): Promise<void> => {
    for (;;) {
      if (!writing) return;
      const key = Math.floor(random() * keys.length);
      const floor = floors[at]?.get(key) ?? 0;
      // One reader reads sequentially.
      const read = (await groups[at]?.get(key)) ?? -1;
      reads += 1;
      if (read < floor) stale.push(`node ${at} read ${read} of key ${key}, acknowledged was ${floor}`);
      await delay();
    }
  };
  const writer = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) {
      const key = Math.floor(random() * keys.length);
      const at = Math.floor(random() * nodes.length);
      const written = value(key) + 1;
      truth.set(key, written);
      const wait = chaos === undefined && random() < 0.3 ? "fleet" : "local";
      const target =
        random() < 0.2 ? { keys: [{ group: "test.read", key: String(key) }] } : { tags: [`item:${key}`, "other"] };
      // One writer writes sequentially.
      await nodes[at]?.invalidate(target, { wait });
      for (const [node, floor] of floors.entries()) if (wait === "fleet" || node === at) raise(floor, key, written);
      await delay();
      if (chaos !== undefined && random() < 0.1) (random() < 0.5 ? chaos.cut : chaos.heal)();
    }
  };
  const reading = nodes.flatMap((_, at) => Array.from({ length: readersPerNode }, () => reader(at)));
  await Promise.all([writer(writesPerRun), writer(writesPerRun)]);
  writing = false;
  await Promise.all(reading);
  return { seed, stale, reads };
}

const seeds = Array.from({ length: 3 }, () => Math.floor(Math.random() * 2 ** 31));
// Short, because confirmations wait as long as a young incarnation may have unknown nodes.
const timings = { blockMs: 50, trustMs: 200, leaseMs: 400 };
const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), timings });

test.for(seeds)("no read on three nodes is older than a write acknowledged before it (seed %i)", async (seed) => {
  const options = fleet();
  await using three = await openTestNodes(options, options, options);
  const { stale, reads } = await run(three.nodes, seed);
  expect(stale).toEqual([]);
  expect(reads).toBeGreaterThan(writesPerRun);
});

test.for(seeds)("without L1 no read is older than a write acknowledged before it (seed %i)", async (seed) => {
  const options = { ...fleet(), disable: new Set(["l1"] as const) };
  await using two = await openTestNodes(options, options);
  expect((await run(two.nodes, seed)).stale).toEqual([]);
});

test.for(seeds)(
  "while a node is cut off repeatedly, no read is older than a write acknowledged before it (seed %i)",
  async (seed) => {
    const options = fleet();
    await using proxy = await openFaultProxy(options.redis.url);
    const cutOff = {
      ...options,
      redis: { url: proxy.url },
      timings: { ...timings, coolDownMs: 20, retryMs: 10, redisBudgetMs: 20 },
    };
    await using two = await openTestNodes(cutOff, options);
    const { stale } = await run(two.nodes, seed, proxy);
    expect(stale).toEqual([]);
  },
);
