import { expect, inject, test } from "vitest";
import type { CacheLoadMessage } from "@weir/core/channels";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });

function recordLoads() {
  const seen = recordOutcomes();
  return {
    /** The loads since the last call, without their times. */
    take: () => {
      const loads = seen.messages.splice(0).filter((message): message is CacheLoadMessage => message.type === "load");
      for (const { durationMs, group } of loads) {
        expect(group).toMatch(/^test\./u);
        expect(durationMs).toBeGreaterThanOrEqual(0);
      }
      return loads.map(({ ok, keys, background }) => ({ ok, keys, background }));
    },
    [Symbol.dispose]: seen[Symbol.dispose],
  };
}

const one = { ok: true, keys: 1, background: false };
const abc: [number, string][] = [
  [1, "a"],
  [2, "b"],
  [3, "c"],
];

test("each run of a load is published once, however many readers share it, and a hit publishes none", async () => {
  await using nodes = await openTestNodes(fleet());
  using loads = recordLoads();
  const source = createTestSource(abc);
  const group = nodes.node(0).define(testDefinition(source));
  await Promise.all([group.get(1), group.get(1), group.get(2)]);
  expect(loads.take()).toEqual([one, one]);
  await group.get(1);
  expect(loads.take()).toEqual([]);
  await group.get(1, { bypass: true });
  expect(loads.take()).toEqual([one]);
});

test("loadMany is one run for all its keys, without it each key is one", async () => {
  await using nodes = await openTestNodes(fleet());
  using loads = recordLoads();
  const { load, loadMany } = createTestSource(abc);
  const [node] = nodes.nodes;
  const together = node?.define(testDefinition({ load, loadMany }));
  await together?.getMany([1, 2, 3]);
  expect(loads.take()).toEqual([{ ...one, keys: 3 }]);
  const apart = node?.define(testDefinition({ load, name: "test.apart" }));
  await apart?.getMany([1, 2]);
  expect(loads.take()).toEqual([one, one]);
});

test("a load that throws is published as failed", async () => {
  await using nodes = await openTestNodes(fleet());
  using loads = recordLoads();
  const source = createTestSource(abc);
  const group = nodes.node(0).define(testDefinition(source));
  source.failure = new Error("no luck");
  await expect(group.get(1)).rejects.toBe(source.failure);
  await expect(group.get(1, { bypass: true })).rejects.toBe(source.failure);
  await expect(group.getMany([1, 2])).rejects.toBe(source.failure);
  expect(loads.take()).toEqual([
    { ...one, ok: false },
    { ...one, ok: false },
    { ...one, ok: false, keys: 2 },
  ]);
});

test("a refresh is published as background work, also when it fails", async () => {
  await using nodes = await openTestNodes(fleet());
  using loads = recordLoads();
  const source = createTestSource(abc);
  const group = nodes.node(0).define(testDefinition({ ...source, staleFor: "1h" }));
  await group.get(1);
  expect(loads.take()).toEqual([one]);
  await nodes.node(0).invalidate({ tags: ["item:1"] }, { mode: "expire" });
  source.failure = new Error("no luck");
  expect(await group.get(1)).toBe("a");
  let seen: ReturnType<typeof loads.take> = [];
  await until(() => (seen = loads.take()).length > 0);
  expect(seen).toEqual([{ ok: false, keys: 1, background: true }]);
});
