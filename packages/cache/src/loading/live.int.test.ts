import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import type { LiveEntry } from "../contract/types";
import type { CacheOptions } from "../options";
import { openTestNodes, recordOutcomes, testDefinition, type TestDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });

/** A node that has the value of key 1 in L1, with its live entry. */
async function held(
  options: Partial<CacheOptions<never, never>> = {},
  definition: Partial<TestDefinition<{ text: string }>> = {},
) {
  const nodes = await openTestNodes({ ...fleet(), ...options });
  const source = createTestSource([
    [1, { text: "old" }],
    [2, { text: "other" }],
  ]);
  const node = nodes.node(0);
  const group = node.define(testDefinition({ ...source, staleFor: "1h", ...definition }));
  const value = await group.get(1);
  const live = group.live(1);
  if (live === undefined || value === null) throw new Error("Nothing is held.");
  return { node, group, source, value, live, [Symbol.asyncDispose]: nodes[Symbol.asyncDispose] };
}

/** Asks twice: a live entry that has ended never answers again. */
const isOver = (live: LiveEntry<unknown>): boolean => !live.answers() && !live.answers();

test("a live entry answers while its value is fresh, and each answer counts as one L1 hit", async () => {
  await using one = await held();
  using seen = recordOutcomes();
  expect(one.live.value).toBe(one.value);
  expect(one.live.group).toBe("test.read");
  expect(one.group.live(1)?.value).toBe(one.value);
  expect(seen.messages).toEqual([]);
  expect([one.live.answers(), one.live.answers(), one.live.answers()]).toEqual([true, true, true]);
  expect(seen.outcomes).toEqual(["hit l1", "hit l1", "hit l1"]);
  expect(one.source.loads).toEqual([1]);
});

test("a live entry that does not answer counts as no read", async () => {
  await using one = await held();
  using seen = recordOutcomes();
  await one.node.invalidate({ tags: ["item:1"] });
  expect(isOver(one.live)).toBe(true);
  expect(seen.outcomes).toEqual([]);
});

test("a live entry answers until the call that purges it, and never after", async () => {
  await using one = await held();
  const invalidated = one.node.invalidate({ tags: ["item:1"] });
  expect(isOver(one.live)).toBe(true);
  await invalidated;
  expect(isOver(one.live)).toBe(true);
  await one.group.get(1);
  expect(isOver(one.live)).toBe(true);
  expect(one.group.live(1)?.answers()).toBe(true);
});

test("a live entry ends when another node's purge arrives", async () => {
  const options = fleet();
  await using one = await held(options);
  await using other = await openTestNodes(options);
  const { epoch } = await other.node(0).invalidate({ tags: ["item:1"] });
  await until(() => one.node.stats().epoch === epoch);
  expect(isOver(one.live)).toBe(true);
});

test("an unrelated invalidation does not end a live entry", async () => {
  await using one = await held();
  await one.node.invalidate({ tags: ["item:2"] });
  expect(one.live.answers()).toBe(true);
});

test("a live entry ends when its value is stale, by an invalidation or by age", async () => {
  let aheadMs = 0;
  const clock = { now: () => performance.now() + aheadMs };
  const timings = { trustMs: 36_000_000, leaseMs: 37_000_000 };
  await using one = await held({ clock, timings });
  await one.node.invalidate({ tags: ["item:1"] }, { mode: "expire" });
  expect(isOver(one.live)).toBe(true);
  expect(one.group.live(1)).toBeUndefined();
  expect(one.group.peek(1)).toBe(one.value);

  await one.group.get(2);
  const second = one.group.live(2);
  expect(second?.answers()).toBe(true);
  aheadMs = 3_600_001;
  expect(second?.answers()).toBe(false);
  expect(one.group.live(2)).toBeUndefined();
  expect(one.group.peek(2)).toEqual({ text: "other" });
});

test("a live entry ends when its value is evicted", async () => {
  await using one = await held({ l1: { maxEntries: 1 } });
  expect(one.live.answers()).toBe(true);
  await one.group.get(2);
  expect(isOver(one.live)).toBe(true);
});

test("a live entry does not answer while memory is not trusted", async () => {
  let aheadMs = 0;
  const clock = { now: () => performance.now() + aheadMs };
  await using proxy = await openFaultProxy(inject("redisUrl"));
  await using one = await held({ clock, redis: { url: proxy.url } });
  proxy.freeze();
  aheadMs = 10_000;
  expect(one.live.answers()).toBe(false);
  expect(one.group.live(1)).toBeUndefined();
  proxy.thaw();
});

test("a live entry ends when its value is replaced, even by an equal one", async () => {
  await using one = await held();
  await one.node.invalidate({ tags: ["item:1"] }, { mode: "expire" });
  await one.group.get(1);
  await until(() => one.group.live(1) !== undefined);
  expect(one.group.live(1)?.value).toEqual(one.live.value);
  expect(isOver(one.live)).toBe(true);
});

test("neither a negative entry nor a key outside L1 has a live entry", async () => {
  await using nodes = await openTestNodes(fleet());
  const group = nodes.node(0).define(testDefinition({ load: async () => null, negativeFor: "1h" }));
  expect(group.live(1)).toBeUndefined();
  await group.get(1);
  expect(group.peek(1)).toBeNull();
  expect(group.live(1)).toBeUndefined();
});
