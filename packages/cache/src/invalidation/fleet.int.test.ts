import { Redis, type RedisOptions } from "ioredis";
import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import { laggardsScript } from "../redis/scripts";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

// A lease short enough to expire within a test, and longer than the trust.
const timings = { blockMs: 50, trustMs: 200, leaseMs: 400, fleetWaitMs: 5000 };
const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), timings });

test("once the fleet has confirmed, no node serves the old value, without waiting for the log", async () => {
  const options = fleet();
  await using three = await openTestNodes(options, options, options);
  const source = createTestSource([[1, 0]]);
  const groups = three.nodes.map((node) => node.define(testDefinition(source)));
  for (let value = 1; value <= 30; value += 1) {
    await Promise.all(groups.map((group) => group.get(1)));
    source.values.set(1, value);
    await three.node(value % 3).invalidate({ tags: ["item:1"] }, { wait: "fleet" });
    expect(await Promise.all(groups.map((group) => group.get(1)))).toEqual([value, value, value]);
  }
});

test("a confirmation waits for a node that is cut off until its lease expires, and by then the node distrusts its memory", async () => {
  const options = fleet();
  await using proxy = await openFaultProxy(options.redis.url);
  await using two = await openTestNodes(options, { ...options, redis: { url: proxy.url } });
  const source = createTestSource([[1, "old"]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  await Promise.all([first?.get(1), second?.get(1)]);
  proxy.freeze();
  source.values.set(1, "new");
  await two.node(0).invalidate({ tags: ["item:1"] }, { wait: "fleet" });
  expect(second?.peek(1)).toBeUndefined();
  expect(await second?.get(1)).toBe("new");
  proxy.thaw();
});

test("an invalidation that is not confirmed in time rejects but stands", async () => {
  const options = { ...fleet(), timings: { ...timings, fleetWaitMs: 100, leaseMs: 60_000 } };
  await using proxy = await openFaultProxy(options.redis.url);
  await using two = await openTestNodes(options, { ...options, redis: { url: proxy.url } });
  const source = createTestSource([[1, "old"]]);
  const group = two.node(0).define(testDefinition(source));
  await group.get(1);
  proxy.freeze();
  source.values.set(1, "new");
  const unconfirmed = { code: "CACHE_INVALIDATION_UNCONFIRMED" };
  await expect(two.node(0).invalidate({ tags: ["item:1"] }, { wait: "fleet" })).rejects.toMatchObject(unconfirmed);
  expect(await group.get(1)).toBe("new");
  await expect(two.node(1).invalidate({ tags: ["item:1"] }, { wait: "fleet" })).rejects.toMatchObject(unconfirmed);
  proxy.thaw();
});

/** A real client that runs `meanwhile` before the first script that counts laggards. */
function interrupted(url: string, options: RedisOptions, meanwhile: () => Promise<unknown>): Redis {
  const redis = new Redis(url, options);
  let happened: Promise<unknown> | undefined;
  return Object.assign(redis, {
    evalsha: async (sha: string, ...rest: string[]) => {
      if (sha === laggardsScript.sha) await (happened ??= meanwhile());
      return redis.call("EVALSHA", sha, ...rest);
    },
  });
}

test("a wipe that deletes the leases of the nodes confirms nothing", async () => {
  const { redis, ...options } = {
    ...fleet(),
    timings: { ...timings, trustMs: 2000, leaseMs: 4000, fleetWaitMs: 20_000 },
  };
  await using proxy = await openFaultProxy(redis.url);
  await using away = await openTestNodes({ ...options, redis: { url: proxy.url } });
  const direct = new Redis(redis.url);
  const wipe = (): Promise<unknown> =>
    direct.del(...["clock", "server", "marks", "log", "nodes"].map((name) => `{${options.keyPrefix}cache}:${name}`));
  const connect = (settings: RedisOptions): Redis => interrupted(redis.url, settings, wipe);
  await using here = await openTestNodes({ ...options, redis: { connect } });
  const source = createTestSource([[1, "old"]]);
  const group = away.node(0).define(testDefinition(source));
  await group.get(1);
  proxy.freeze();
  source.values.set(1, "new");
  // Confirmed or not: once the call has settled, no node serves the old value from memory.
  await Promise.allSettled([here.node(0).invalidate({ tags: ["item:1"] }, { wait: "fleet" })]);
  expect(group.peek(1)).toBeUndefined();
  proxy.thaw();
  direct.disconnect();
});

test("a confirmation does not wait for a node that was closed", async () => {
  const options = { ...fleet(), timings: { ...timings, leaseMs: 60_000 } };
  await using one = await openTestNodes(options);
  await using other = await openTestNodes({ ...options, timings: { ...options.timings, leaseMs: 60_000 } });
  await other.node(0).close();
  // A young incarnation may have unknown nodes for as long as a lease; this one is set to be old.
  const redis = new Redis(options.redis.url);
  await redis.hset(`{${options.keyPrefix}cache}:server`, "bornMs", 0);
  redis.disconnect();
  await until(() => one.node(0).stats().logConnected);
  expect(await one.node(0).invalidate({ tags: ["x"] }, { wait: "fleet" })).toMatchObject({ status: "applied" });
});
