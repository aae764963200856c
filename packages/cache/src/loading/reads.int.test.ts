import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });
const stored = (keyPrefix: string, key: number) =>
  until(async () => (await redis.exists(`${keyPrefix}entry:test.read:v1:${key}`)) === 1);

test("a read is a miss, then a hit in L1, and on another node a hit in L2", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  using seen = recordOutcomes();
  const source = createTestSource([[1, { name: "one" }]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  expect(await first?.get(1)).toEqual({ name: "one" });
  expect(await first?.get(1)).toEqual({ name: "one" });
  await stored(options.keyPrefix, 1);
  expect(await second?.get(1)).toEqual({ name: "one" });
  expect(await second?.get(1)).toEqual({ name: "one" });
  expect(seen.outcomes).toEqual(["miss", "hit l1", "hit l2", "hit l1"]);
  expect(source.loads).toEqual([1]);
});

test("concurrent readers share one load and each count once", async () => {
  await using one = await openTestNodes(fleet());
  using seen = recordOutcomes();
  const source = createTestSource([[1, "value"]]);
  const group = one.node(0).define(testDefinition(source));
  const release = source.hold();
  const reads = Array.from({ length: 50 }, () => group.get(1));
  await source.begun(1);
  release();
  expect(new Set(await Promise.all(reads))).toEqual(new Set(["value"]));
  expect(source.loads).toEqual([1]);
  expect(seen.outcomes.toSorted()).toEqual([...Array.from({ length: 49 }, () => "coalesced"), "miss"]);
});

test("without single flight each reader loads for itself", async () => {
  await using one = await openTestNodes({ ...fleet(), disable: new Set(["single-flight"] as const) });
  const source = createTestSource([[1, "value"]]);
  const group = one.node(0).define(testDefinition(source));
  const release = source.hold();
  const reads = [group.get(1), group.get(1)];
  await source.begun(2);
  release();
  expect(await Promise.all(reads)).toEqual(["value", "value"]);
});

test("a failing load fails all its readers, is not cached, and the next reader loads again", async () => {
  await using one = await openTestNodes(fleet());
  using seen = recordOutcomes();
  const source = createTestSource([[1, "value"]]);
  const group = one.node(0).define(testDefinition(source));
  source.failure = new Error("no luck");
  const release = source.hold();
  const reads = Array.from({ length: 50 }, () => group.get(1));
  const settled = Promise.allSettled(reads);
  await source.begun(1);
  release();
  for (const result of await settled) expect(result).toMatchObject({ status: "rejected", reason: source.failure });
  expect(source.loads).toHaveLength(1);
  expect(seen.outcomes).toEqual(Array.from({ length: 50 }, () => "error"));
  source.failure = undefined;
  expect(await group.get(1)).toBe("value");
});

test('with negativeFor, "does not exist" is cached in both tiers', async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  using seen = recordOutcomes();
  const source = createTestSource<string>();
  const [first, second] = two.nodes.map((node) => node.define(testDefinition({ ...source, negativeFor: "10s" })));
  expect(await first?.get(1)).toBeNull();
  expect(await first?.get(1)).toBeNull();
  expect(first?.peek(1)).toBeNull();
  await stored(options.keyPrefix, 1);
  expect(await second?.get(1)).toBeNull();
  expect(seen.outcomes).toEqual(["miss", "negative l1", "negative l2"]);
});

test('without negativeFor, "does not exist" is loaded each time', async () => {
  await using one = await openTestNodes(fleet());
  const source = createTestSource<string>();
  const group = one.node(0).define(testDefinition(source));
  await group.get(1);
  await group.get(1);
  expect(source.loads).toEqual([1, 1]);
});

test("undefined is refused", async () => {
  await using one = await openTestNodes(fleet());
  const group = one
    .node(0)
    .define<number, undefined>({ ...testDefinition({ load: async () => undefined }), name: "broken" });
  await expect(group.get(1)).rejects.toMatchObject({ code: "CACHE_VALUE_UNDEFINED" });
  await expect(group.get(1, { bypass: true })).rejects.toMatchObject({ code: "CACHE_VALUE_UNDEFINED" });
});

test("a bypassing read loads from the source and stores nothing", async () => {
  await using one = await openTestNodes(fleet());
  using seen = recordOutcomes();
  const source = createTestSource([[1, "old"]]);
  const group = one.node(0).define(testDefinition(source));
  await group.get(1);
  source.values.set(1, "new");
  expect(await group.get(1, { bypass: true })).toBe("new");
  expect(await group.get(1)).toBe("old");
  expect(seen.outcomes).toEqual(["miss", "bypass", "hit l1"]);
});

test("values are deeply frozen, and the loader keeps its own object", async () => {
  await using one = await openTestNodes(fleet());
  const own = { inner: { list: [1] } };
  const group = one.node(0).define(testDefinition({ load: async () => own }));
  const value = await group.get(1);
  expect(() => value?.inner.list.push(2)).toThrow(TypeError);
  own.inner.list.push(2);
  expect(await group.get(1)).toEqual({ inner: { list: [1] } });
});

test("another version of a group does not read this one's entries", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "value"]]);
  await two.node(0).define(testDefinition(source)).get(1);
  await stored(options.keyPrefix, 1);
  await two
    .node(1)
    .define(testDefinition({ ...source, version: 2 }))
    .get(1);
  expect(source.loads).toEqual([1, 1]);
});

test("a group is defined once", async () => {
  await using one = await openTestNodes(fleet());
  one.node(0).define(testDefinition({ load: async () => 1 }));
  expect(() => one.node(0).define(testDefinition({ load: async () => "1" }))).toThrow(RangeError);
});
