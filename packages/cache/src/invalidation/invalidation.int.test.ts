import { Redis } from "ioredis";
import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });

test("each invalidation has the next epoch, and every node hears of it once", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  using seen = recordOutcomes();
  const before = two.node(0).stats().epoch;
  expect(await two.node(0).invalidate({ tags: ["a", "a"], groups: ["g"] })).toEqual({
    status: "applied",
    epoch: before + 1,
  });
  expect(await two.node(1).invalidate({ all: true }, { mode: "expire" })).toEqual({
    status: "applied",
    epoch: before + 2,
  });
  await until(() => two.nodes.every((node) => node.stats().epoch === before + 2));
  await until(() => seen.messages.length === 4);
  expect(seen.messages).toEqual(
    expect.arrayContaining([
      { type: "invalidation", epoch: before + 1, mode: "purge", tags: ["a", "group:g"], local: true },
      { type: "invalidation", epoch: before + 1, mode: "purge", tags: ["a", "group:g"], local: false },
      { type: "invalidation", epoch: before + 2, mode: "expire", tags: ["*"], local: true },
      { type: "invalidation", epoch: before + 2, mode: "expire", tags: ["*"], local: false },
    ]),
  );
});

test("an empty invalidation does not advance the clock", async () => {
  await using one = await openTestNodes(fleet());
  const { epoch } = one.node(0).stats();
  expect(await one.node(0).invalidate({ tags: [], keys: [] })).toEqual({ status: "applied", epoch });
  expect(one.node(0).stats().epoch).toBe(epoch);
});

test("an expired value is served while one reader refreshes it, a purged value never", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  using seen = recordOutcomes();
  const source = createTestSource([[1, "old"]]);
  const groups = two.nodes.map((node) => node.define(testDefinition({ ...source, staleFor: "1h" })));
  const [first, second] = groups;
  await first?.get(1);
  await until(async () => (await second?.get(1)) !== undefined && second?.peek(1) === "old");
  const loadsBefore = source.loads.length;
  source.values.set(1, "new");
  const { epoch } = await two.node(0).invalidate({ tags: ["item:1"] }, { mode: "expire" });
  await until(() => two.node(1).stats().epoch === epoch);
  seen.outcomes.length = 0;
  expect(await first?.get(1)).toBe("old");
  await until(() => first?.peek(1) === "new");
  expect(seen.outcomes).toEqual(["stale l1"]);
  expect(source.loads.length).toBe(loadsBefore + 1);
  source.values.set(1, "newest");
  await two.node(0).invalidate({ tags: ["item:1"] });
  expect(await first?.get(1)).toBe("newest");
});

test("an expired value is stale in L2 too", async () => {
  const options = { ...fleet(), disable: new Set(["l1"] as const) };
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "old"]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition({ ...source, staleFor: "1h" })));
  await first?.get(1);
  using seen = recordOutcomes();
  await until(async () => (await second?.get(1)) === "old" && seen.outcomes.includes("hit l2"));
  source.values.set(1, "new");
  await two.node(0).invalidate({ tags: ["item:1"] }, { mode: "expire" });
  seen.outcomes.length = 0;
  expect(await second?.get(1)).toBe("old");
  expect(seen.outcomes).toEqual(["stale l2"]);
  await until(async () => (await second?.get(1)) === "new");
});

test("an invalidation sent while a node was cut off is replayed to it", async () => {
  const options = fleet();
  await using proxy = await openFaultProxy(options.redis.url);
  await using two = await openTestNodes(options, { ...options, redis: { url: proxy.url } });
  const source = createTestSource([
    [1, "old"],
    [2, "other"],
  ]);
  const [, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  await second?.getMany([1, 2]);
  proxy.cut();
  source.values.set(1, "new");
  const { epoch } = await two.node(0).invalidate({ tags: ["item:1"] });
  proxy.heal();
  await until(() => two.node(1).stats().epoch === epoch);
  expect(await second?.get(1)).toBe("new");
  // Unrelated entries are still there: nothing was missed, so nothing was dropped.
  expect(second?.peek(2)).toBe("other");
});

test("a node that missed log entries for good drops its memory", async () => {
  const options = fleet();
  await using proxy = await openFaultProxy(options.redis.url);
  await using two = await openTestNodes(options, { ...options, redis: { url: proxy.url } });
  const source = createTestSource([[1, "old"]]);
  const [, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  await second?.get(1);
  proxy.cut();
  source.values.set(1, "new");
  await two.node(0).invalidate({ tags: ["item:1"] });
  const { epoch } = await two.node(0).invalidate({ tags: ["item:2"] });
  const redis = new Redis(options.redis.url);
  await redis.xtrim(`{${options.keyPrefix}cache}:log`, "MAXLEN", 1);
  redis.disconnect();
  proxy.heal();
  await until(() => two.node(1).stats().epoch === epoch);
  expect(await second?.get(1)).toBe("new");
});

test("the clock reveals a log that was emptied", async () => {
  const options = fleet();
  await using proxy = await openFaultProxy(options.redis.url);
  await using two = await openTestNodes(options, { ...options, redis: { url: proxy.url } });
  const source = createTestSource([[1, "old"]]);
  const [, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  await second?.get(1);
  proxy.cut();
  source.values.set(1, "new");
  const { epoch } = await two.node(0).invalidate({ tags: ["item:1"] });
  const redis = new Redis(options.redis.url);
  await redis.xtrim(`{${options.keyPrefix}cache}:log`, "MAXLEN", 0);
  redis.disconnect();
  proxy.heal();
  await until(() => two.node(1).stats().epoch === epoch);
  expect(await second?.get(1)).toBe("new");
});

test("tags may contain any text", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "old"]]);
  for (const [index, tag] of ["\ud800", "a b\n\"'", "日本", "x".repeat(5000), ""].entries()) {
    const definition = testDefinition({ ...source, name: `group-${index}`, tags: () => [tag] });
    const [first, second] = two.nodes.map((node) => node.define(definition));
    source.values.set(1, "old");
    await second?.get(1);
    source.values.set(1, "new");
    const { epoch } = await two.node(0).invalidate({ tags: [tag] });
    await until(() => two.node(1).stats().epoch === epoch);
    expect([tag, await second?.get(1), await first?.get(1)]).toEqual([tag, "new", "new"]);
  }
});
