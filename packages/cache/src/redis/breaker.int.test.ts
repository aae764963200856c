import { Redis, type RedisOptions } from "ioredis";
import { expect, inject, test } from "vitest";
import { channels } from "@weir/core/channels";
import { findRedis } from "@weir/embedded";
import { freePort } from "@weir/embedded/processes";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { startTestRedis } from "../testing/test-redis";
import { createTestSource } from "../testing/test-source";

const url = inject("redisUrl");

/** The states that the breaker has published since the call. */
function recordBreaker() {
  const states: string[] = [];
  const stop = channels.cache.subscribe((message) => {
    if (message.type === "breaker") states.push(message.state);
  });
  return { states, [Symbol.dispose]: stop };
}

test("a frozen Redis is not asked any more after a few reads, and is used again once it responds", async () => {
  await using proxy = await openFaultProxy(url);
  const timings = { redisBudgetMs: 30, coolDownMs: 50, blockMs: 50 };
  await using one = await openTestNodes({ redis: { url: proxy.url }, keyPrefix: testPrefix(), timings });
  using breaker = recordBreaker();
  const source = createTestSource(Array.from({ length: 10_000 }, (_, key): [number, number] => [key, key]));
  const group = one.node(0).define(testDefinition({ load: source.load }));
  let key = 0;
  const read = () => group.get((key += 1));
  expect(one.node(0).stats().l2).toBe("closed");
  proxy.freeze();
  await until(async () => {
    await read();
    return breaker.states.length > 0;
  });
  expect(key).toBeLessThanOrEqual(5);
  proxy.thaw();
  await until(async () => {
    await read();
    return one.node(0).stats().l2 === "closed";
  });
  expect(breaker.states[0]).toBe("open");
  expect(breaker.states.slice(-2)).toEqual(["half-open", "closed"]);
});

test("while the breaker is open, readers of a key share one load, which is stored in memory", async () => {
  await using proxy = await openFaultProxy(url);
  const timings = { redisBudgetMs: 30, coolDownMs: 3_600_000, trustMs: 3_600_000, leaseMs: 3_700_000 };
  await using one = await openTestNodes({ redis: { url: proxy.url }, keyPrefix: testPrefix(), timings });
  using seen = recordOutcomes();
  const source = createTestSource([[4, "v4"]]);
  const group = one.node(0).define(testDefinition({ load: source.load }));
  proxy.freeze();
  let key = 100;
  await until(async () => {
    await group.get((key += 1));
    return one.node(0).stats().l2 === "open";
  });
  seen.outcomes.length = 0;
  const before = source.loads.length;
  const release = source.hold();
  const reads = Array.from({ length: 50 }, () => group.get(4));
  await source.begun(before + 1);
  release();
  expect(new Set(await Promise.all(reads))).toEqual(new Set(["v4"]));
  expect(await group.get(4)).toBe("v4");
  expect(source.loads.length).toBe(before + 1);
  expect(seen.outcomes.toSorted()).toEqual([...Array.from({ length: 49 }, () => "coalesced"), "hit l1", "miss"]);
});

/** A real client whose MGET is slow and that never replies to a claim. */
function slow(options: RedisOptions, mgetMs: number): Redis {
  const redis = new Redis(url, options);
  const mget = redis.mget.bind(redis) as (...keys: string[]) => Promise<(string | null)[]>;
  return Object.assign(redis, {
    mget: async (...keys: string[]) => {
      const texts = await mget(...keys);
      await new Promise((resolve) => void setTimeout(resolve, mgetMs));
      return texts;
    },
    evalsha: (sha: string, ...rest: never[]) =>
      rest.length > 6 && String(rest[1]).includes(":lease:")
        ? new Promise(() => undefined)
        : redis.call("EVALSHA", sha, ...rest),
  });
}

test("one budget covers all requests of a read: the second gets only the time that the first left", async () => {
  const timings = { redisBudgetMs: 3000 };
  const connect = (options: RedisOptions): Redis => slow(options, 2500);
  await using one = await openTestNodes({ redis: { connect }, keyPrefix: testPrefix(), timings });
  const took: Record<string, number> = {};
  const stop = channels.redis.subscribe(({ command, durationMs }) => {
    took[command] = durationMs;
  });
  const group = one.node(0).define(testDefinition({ load: async (key) => key }));
  expect(await group.get(1)).toBe(1);
  stop();
  expect(took["MGET"]).toBeGreaterThanOrEqual(2500);
  // Half a second was left; a fresh budget would have been three.
  expect(took["weir.claim"]).toBeLessThan(2000);
});

test("a Redis whose memory is full still serves reads", async () => {
  await using server = await startTestRedis((await findRedis()).path, await freePort());
  const options = { redis: { url: server.url }, keyPrefix: testPrefix() };
  await using two = await openTestNodes(options, options);
  const source = createTestSource([1, 2, 3].map((key): [number, string] => [key, `v${key}`]));
  const [first, second] = two.nodes.map((node) => node.define(testDefinition({ load: source.load })));
  await first?.get(1);
  await until(async () => (await server.command("EXISTS", `${options.keyPrefix}entry:test.read:v1:1`)) === 1);
  await server.command("CONFIG", "SET", "maxmemory", "1");
  for (let round = 0; round < 10; round += 1) await Promise.all([first?.get(100 + round), first?.get(200 + round)]);
  expect(two.node(0).stats().l2).toBe("closed");
  expect(await second?.get(1)).toBe("v1");
  expect(source.loads.filter((key) => key === 1)).toHaveLength(1);
});
