import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { channels } from "@weir/core/channels";
import { entryOf, leaseOf, openFleet, patient } from "../testing/test-fleet";
import { until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

const stored = (keyPrefix: string, key = 1) => until(async () => (await redis.exists(entryOf(keyPrefix, key))) === 1);

test("a value that is stale on every node is refreshed by one of them", async () => {
  const source = createTestSource([[1, "old"]]);
  await using four = await openFleet(4, { ...source, staleFor: "1h" }, patient);
  await four.first.get(1);
  await stored(four.keyPrefix);
  for (const group of four.groups) await group.get(1);
  source.values.set(1, "new");
  const { epoch } = await four.node(0).invalidate({ tags: ["item:1"] }, { mode: "expire" });
  for (const at of four.groups.keys()) await until(() => four.node(at).stats().epoch === epoch);
  const release = source.hold();
  expect(await Promise.all(four.groups.map((group) => group.get(1)))).toEqual(["old", "old", "old", "old"]);
  await source.begun(2);
  release();
  for (const group of four.groups) await until(() => group.peek(1) === "new");
  expect(source.loads).toEqual([1, 1]);
});

test("a refresh that failed on one node is not retried at once by another", async () => {
  const source = createTestSource([[1, "old"]]);
  await using two = await openFleet(2, { ...source, staleFor: "1h" }, { backoffMs: 60_000 });
  await two.first.get(1);
  await stored(two.keyPrefix);
  await two.second.get(1);
  const { epoch } = await two.node(0).invalidate({ tags: ["item:1"] }, { mode: "expire" });
  await until(() => two.node(1).stats().epoch === epoch);
  source.failure = new Error("no luck");
  expect(await two.first.get(1)).toBe("old");
  await source.begun(2);
  await until(async () => (await redis.get(leaseOf(two.keyPrefix)))?.startsWith("f ") === true);
  const claims: string[] = [];
  const stop = channels.redis.subscribe(({ command }) => {
    if (command === "weir.claim") claims.push(command);
  });
  expect(await two.second.get(1)).toBe("old");
  await until(() => claims.length === 1);
  stop();
  // Each node serves the old value meanwhile, and none loads.
  for (let round = 0; round < 20; round += 1) {
    expect(await Promise.all([two.first.get(1), two.second.get(1)])).toEqual(["old", "old"]);
  }
  expect(source.loads).toEqual([1, 1]);
});
