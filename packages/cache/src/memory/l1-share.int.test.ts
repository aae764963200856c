import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, testDefinition } from "../testing/test-nodes";

const maxEntries = 2_000;
const known = Array.from({ length: 1_000 }, (_, id) => id);

/** A node that has a thousand values in L1, each of them read once. */
async function openFilled() {
  const nodes = await openTestNodes({
    redis: { url: inject("redisUrl") },
    keyPrefix: testPrefix(),
    l1: { maxEntries },
  });
  const group = nodes.node(0).define(
    testDefinition<{ id: number }>({
      negativeFor: "1h",
      staleFor: "1h",
      load: async (id) => (id < known.length ? { id } : null),
      loadMany: async (ids) => new Map(ids.filter((id) => id < known.length).map((id) => [id, { id }])),
    }),
  );
  await group.getMany(known);
  const held = (): number => known.filter((id) => group.peek(id) !== undefined).length;
  return { group, held, node: nodes.node(0), [Symbol.asyncDispose]: nodes[Symbol.asyncDispose] };
}

test("a flood of ids that do not exist evicts nothing that exists", async () => {
  await using one = await openFilled();
  expect(one.held()).toBe(known.length);
  for (let from = 10_000; from < 20_000; from += 500) {
    await one.group.getMany(Array.from({ length: 500 }, (_, offset) => from + offset));
  }
  expect(one.held()).toBe(known.length);
  // The last of them are remembered, within their share.
  expect(one.group.peek(19_999)).toBeNull();
  expect(one.node.stats().l1Entries).toBeLessThanOrEqual(known.length + maxEntries / 10);
});

test("an id that begins to exist, or ceases to, is held once", async () => {
  const rows = new Map<number, string>();
  await using nodes = await openTestNodes({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });
  const group = nodes
    .node(0)
    .define(testDefinition<string>({ negativeFor: "1h", load: async (id) => rows.get(id) ?? null }));
  const read = async (): Promise<unknown> => {
    await group.invalidate(1);
    await group.get(1);
    return [group.peek(1), nodes.node(0).stats().l1Entries];
  };
  expect(await read()).toEqual([null, 1]);
  rows.set(1, "here");
  expect(await read()).toEqual(["here", 1]);
  rows.clear();
  expect(await read()).toEqual([null, 1]);
});
