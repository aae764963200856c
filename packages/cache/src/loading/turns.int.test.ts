import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, testDefinition } from "../testing/test-nodes";

/** Each look at the clock takes this long, so that what fits into a turn does not depend on the machine. */
const lookMs = 0.05;

/** A node whose definition counts its calls, and the most calls in one turn of the event loop. */
async function openCounted() {
  let aheadMs = 0;
  const clock = { now: () => performance.now() + (aheadMs += lookMs) };
  const nodes = await openTestNodes({
    redis: { url: inject("redisUrl") },
    keyPrefix: testPrefix(),
    clock,
    timings: { redisBudgetMs: 20_000, trustMs: 600_000, leaseMs: 700_000, maxFlightMs: 600_000 },
  });
  let calls = 0;
  let most = 0;
  let isOpen = true;
  const turn = (): void => {
    most = Math.max(most, calls);
    calls = 0;
    if (isOpen) setImmediate(turn);
  };
  setImmediate(turn);
  const group = nodes.node(0).define(
    testDefinition<number>({
      tags: (id) => {
        calls += 1;
        return [`item:${id}`];
      },
      negativeFor: "1h",
      load: async (id) => id,
      loadMany: async (ids) => new Map(ids.filter((id) => id % 2 === 0).map((id) => [id, id])),
    }),
  );
  const close = async (): Promise<void> => {
    isOpen = false;
    await nodes[Symbol.asyncDispose]();
  };
  return { group, most: () => most, [Symbol.asyncDispose]: close };
}

const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, offset) => first + offset);
const expected = (ids: readonly number[]) => ids.map((id) => [id, id % 2 === 0 ? id : null]);

/** Two or three calls of `tags` a key and turn. */
const mostCalls = 600;

test("one read of many missing keys is spread over turns of the event loop", async () => {
  await using one = await openCounted();
  const ids = from(0, 5_000);
  expect([...(await one.group.getMany(ids))]).toEqual(expected(ids));
  expect(one.most()).toBeLessThan(mostCalls);
  expect([...(await one.group.getMany(ids))]).toEqual(expected(ids));
});

test("many reads of one turn are spread over turns together", async () => {
  await using one = await openCounted();
  const batches = from(0, 20).map((call) => from(100 * call, 100));
  const found = await Promise.all(batches.map((ids) => one.group.getMany(ids)));
  expect(found.map((values) => [...values])).toEqual(batches.map(expected));
  expect(one.most()).toBeLessThan(mostCalls);
});

test("a key whose name cannot be made rejects the read and leaves no other key hanging", async () => {
  await using nodes = await openTestNodes({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });
  const group = nodes.node(0).define(
    testDefinition<number>({
      key: (id) => {
        if (id === 1_999) throw new Error("no name");
        return String(id);
      },
      load: async (id) => id,
    }),
  );
  await expect(group.getMany(from(0, 2_000))).rejects.toThrow("no name");
  expect(await group.get(5)).toBe(5);
});
