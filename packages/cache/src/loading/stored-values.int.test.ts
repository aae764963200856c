import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

// Redis may be slow on a busy machine; reads without it are tested elsewhere.
const timings = { redisBudgetMs: 30_000 };
const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), timings });
const stored = (keyPrefix: string, key = 1) =>
  until(async () => (await redis.exists(`${keyPrefix}entry:test.read:v1:${key}`)) === 1);

test("an entry that fails the definition's schema is a miss and is replaced", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  using seen = recordOutcomes();
  const older = createTestSource<object>([[1, { name: "one" }]]);
  await two.node(0).define(testDefinition(older)).get(1);
  await stored(options.keyPrefix);
  const source = createTestSource<object>([[1, { name: "one", size: 1 }]]);
  const schema = z.object({ name: z.string(), size: z.number() });
  const group = two.node(1).define(testDefinition({ ...source, schema }));
  expect(await group.get(1)).toEqual({ name: "one", size: 1 });
  await until(async () => (await redis.get(`${options.keyPrefix}entry:test.read:v1:1`))?.includes("size") === true);
  expect(seen.outcomes).toEqual(["miss", "miss"]);
});

test("an entry that passes the schema is served as stored, and a negative entry needs no schema", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  using seen = recordOutcomes();
  const source = createTestSource<object>([[1, { name: "one", more: true }]]);
  // Zod would drop unknown keys, but the check must not change the value.
  const definition = testDefinition({ ...source, negativeFor: "1h", schema: z.object({ name: z.string() }) });
  const [first, second] = two.nodes.map((node) => node.define(definition));
  await first?.getMany([1, 2]);
  await stored(options.keyPrefix, 1);
  await stored(options.keyPrefix, 2);
  expect([...((await second?.getMany([1, 2])) ?? [])]).toEqual([
    [1, { name: "one", more: true }],
    [2, null],
  ]);
  expect(seen.outcomes).toEqual(["miss", "miss", "hit l2", "negative l2"]);
});

test("a schema that throws causes a miss", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "value"]]);
  const safeParse = (): never => {
    throw new Error("no schema of mine");
  };
  const [first, second] = two.nodes.map((node) => node.define(testDefinition({ ...source, schema: { safeParse } })));
  await first?.get(1);
  await stored(options.keyPrefix);
  expect(await second?.get(1)).toBe("value");
  expect(source.loads).toEqual([1, 1]);
});

test.for([200, 20_000])("a value of %i rows is compressed in L2 and read back unchanged", async (rows) => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  using seen = recordOutcomes();
  const value = Array.from({ length: rows }, (_, id) => ({ id, name: `Ciudad número ${id}`, population: id * 7 }));
  const source = createTestSource([[1, value]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  await first?.get(1);
  await stored(options.keyPrefix);
  const text = (await redis.get(`${options.keyPrefix}entry:test.read:v1:1`)) ?? "";
  expect(text.length).toBeLessThan(JSON.stringify(value).length / 2);
  expect(await second?.get(1)).toEqual(value);
  expect(seen.outcomes).toEqual(["miss", "hit l2"]);
});
