import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { channels } from "@weir/core/channels";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });
const abc: [number, string][] = [
  [1, "a"],
  [2, "b"],
  [3, "c"],
];

test("getMany loads together only the keys that no tier has, after one MGET", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource(abc);
  const asked: (readonly number[])[] = [];
  const definition = testDefinition({
    ...source,
    negativeFor: "1h",
    loadMany: (keys, context) => {
      asked.push(keys);
      return source.loadMany(keys, context);
    },
  });
  const [first, second] = two.nodes.map((node) => node.define(definition));
  await first?.get(2);
  await until(async () => (await redis.exists(`${options.keyPrefix}entry:test.read:v1:2`)) === 1);
  await second?.get(1);
  using seen = recordOutcomes();
  const commands: string[] = [];
  const stop = channels.redis.subscribe(({ connection, command }) => {
    if (connection === "cache" && command === "MGET") commands.push(command);
  });
  const found = await second?.getMany([3, 1, 2, 3, 9]);
  stop();
  expect([...(found ?? [])]).toEqual([
    [3, "c"],
    [1, "a"],
    [2, "b"],
    [9, null],
  ]);
  expect(asked).toEqual([[3, 9]]);
  expect(commands).toEqual(["MGET"]);
  expect(seen.outcomes.toSorted()).toEqual(["hit l1", "hit l2", "miss", "miss"]);
});

test("reads that begin in one turn of the event loop share one MGET", async () => {
  await using one = await openTestNodes(fleet());
  const group = one.node(0).define(testDefinition(createTestSource(abc)));
  const commands: string[] = [];
  const stop = channels.redis.subscribe(({ connection, command }) => {
    if (connection === "cache" && command === "MGET") commands.push(command);
  });
  await Promise.all([group.get(1), group.get(2), group.get(3)]);
  stop();
  expect(commands).toEqual(["MGET"]);
});

test("without loadMany each key is loaded separately, at most eight at a time", async () => {
  await using one = await openTestNodes(fleet());
  const keys = Array.from({ length: 20 }, (_, key) => key);
  let running = 0;
  let most = 0;
  const group = one.node(0).define(
    testDefinition({
      load: async (key) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        return key;
      },
    }),
  );
  expect([...(await group.getMany(keys)).values()]).toEqual(keys);
  expect(most).toBe(8);
});

test("callers with crossed keys do not wait for each other", async () => {
  await using one = await openTestNodes(fleet());
  const source = createTestSource(abc);
  const group = one.node(0).define(testDefinition(source));
  const release = source.hold();
  const reads = [group.getMany([1, 2]), group.getMany([2, 3]), group.getMany([3, 1])];
  await source.begun(3);
  release();
  const values = await Promise.all(reads);
  expect(values.map((found) => [...found.values()])).toEqual([
    ["a", "b"],
    ["b", "c"],
    ["c", "a"],
  ]);
  expect(source.loads.toSorted((left, right) => left - right)).toEqual([1, 2, 3]);
});

test("a failure of loadMany reaches all of its keys and no others", async () => {
  await using one = await openTestNodes(fleet());
  using seen = recordOutcomes();
  const source = createTestSource(abc);
  const group = one.node(0).define(testDefinition(source));
  await group.get(1);
  source.failure = new Error("no luck");
  await expect(group.getMany([1, 2, 3])).rejects.toBe(source.failure);
  expect(seen.outcomes).toEqual(["miss", "hit l1", "error", "error"]);
  expect(group.peek(1)).toBe("a");
});

test("getMany returns its keys in the order of the request", async () => {
  await using one = await openTestNodes(fleet());
  const source = createTestSource(Array.from({ length: 600 }, (_, key): [number, string] => [key, `v${key}`]));
  const group = one.node(0).define(testDefinition({ ...source, loadMany: undefined }));
  const keys = [...source.values.keys()];
  await group.getMany(keys.filter((key) => key % 3 === 0));
  expect([...(await group.getMany(keys)).entries()]).toEqual([...source.values.entries()]);
  expect(await group.getMany([])).toEqual(new Map());
});
