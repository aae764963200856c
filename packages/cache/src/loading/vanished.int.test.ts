import { Redis } from "ioredis";
import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

// Definitions without `negativeFor`, whose value ceases to exist.

async function openVanishing() {
  const keyPrefix = testPrefix();
  const options = { redis: { url: inject("redisUrl") }, keyPrefix };
  const nodes = await openTestNodes(options, options);
  const source = createTestSource([[1, "a"]]);
  const definition = testDefinition({ ...source, staleFor: "1h" });
  const groups = nodes.nodes.map((node) => node.define(definition));
  const redis = new Redis(inject("redisUrl"));
  const isStored = async (): Promise<boolean> => (await redis.exists(`${keyPrefix}entry:test.read:v1:1`)) === 1;
  const [group, other] = groups;
  if (group === undefined || other === undefined) throw new Error("There are two nodes.");
  expect(await group.get(1)).toBe("a");
  await until(isStored);
  const close = async (): Promise<void> => {
    redis.disconnect();
    await nodes[Symbol.asyncDispose]();
  };
  return { node: nodes.node(0), group, other, source, isStored, [Symbol.asyncDispose]: close };
}

test("a refresh that finds nothing removes the old value from both tiers", async () => {
  await using one = await openVanishing();
  one.source.values.delete(1);
  await one.node.invalidate({ tags: ["item:1"] }, { mode: "expire" });
  expect(await one.group.get(1)).toBe("a");
  await until(() => one.group.peek(1) === undefined);
  await until(async () => !(await one.isStored()));
  expect(one.source.loads).toEqual([1, 1]);
  using seen = recordOutcomes();
  expect(await one.group.get(1)).toBeNull();
  expect(await one.other.get(1)).toBeNull();
  expect(seen.outcomes).toEqual(["miss", "miss"]);
});

test("a value that exists again is cached again", async () => {
  await using one = await openVanishing();
  one.source.values.delete(1);
  await one.node.invalidate({ tags: ["item:1"] }, { mode: "expire" });
  await one.group.get(1);
  await until(() => one.group.peek(1) === undefined);
  await until(async () => !(await one.isStored()));
  one.source.values.set(1, "b");
  expect(await one.group.get(1)).toBe("b");
  await until(one.isStored);
  expect(await one.other.get(1)).toBe("b");
});
