import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@/dev/fault-proxy";
import { testPrefix } from "@/dev/testing";
import { openTestNodes, testDefinition, until } from "./test-nodes";
import { createTestSource } from "./test-source";

// A lease short enough to run out within a test; it still outlives the trust.
const timings = { blockMs: 50, trustMs: 200, leaseMs: 400, fleetWaitMs: 5000 };
const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), timings });

test("when the fleet has confirmed, no node answers the old value, without anybody waiting for the log", async () => {
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

test("a node that is cut off is waited for until its lease has run out, and distrusts its memory by then", async () => {
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

test("what cannot be confirmed in time is refused, though it stands", async () => {
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

test("a node that was closed is not waited for", async () => {
  const options = { ...fleet(), timings: { ...timings, leaseMs: 60_000 } };
  await using one = await openTestNodes(options);
  await using other = await openTestNodes({ ...options, timings: { ...options.timings, leaseMs: 60_000 } });
  await other.node(0).close();
  // Of the young incarnation somebody unknown might be left for as long as a lease; this one is told to be old.
  const { Redis } = await import("ioredis");
  const redis = new Redis(options.redis.url);
  await redis.hset(`{${options.keyPrefix}cache}:server`, "bornMs", 0);
  redis.disconnect();
  await until(() => one.node(0).stats().logConnected);
  expect(await one.node(0).invalidate({ tags: ["x"] }, { wait: "fleet" })).toMatchObject({ status: "applied" });
});
