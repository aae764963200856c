import { expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

const fleet = () => ({ redis: { url: inject("redisUrl") }, keyPrefix: testPrefix() });

/** A load of the old value is running on one node; then the value changes. */
async function loadOfTheOld(nodes: number) {
  const options = fleet();
  const fleetNodes = await openTestNodes(...Array.from({ length: nodes }, () => options));
  const source = createTestSource([[1, "old"]]);
  const groups = fleetNodes.nodes.map((node) => node.define(testDefinition(source)));
  const release = source.hold();
  const reader = groups[0]?.get(1);
  await source.begun(1);
  source.values.set(1, "new");
  return {
    release,
    reader,
    groups,
    source,
    node: fleetNodes.node,
    [Symbol.asyncDispose]: fleetNodes[Symbol.asyncDispose],
  };
}

for (const [how, target] of [
  ["its key", { keys: [{ group: "test.read", key: "1" }] }],
  ["a tag of it", { tags: ["item:1"] }],
  ["its group", { groups: ["test.read"] }],
  ["everything", { all: true }],
] as const) {
  test(`${how} invalidated on the same node while its load is in flight: the old value is not kept`, async () => {
    await using race = await loadOfTheOld(1);
    expect(await race.node(0).invalidate(target)).toMatchObject({ status: "applied" });
    race.release();
    await race.reader;
    expect(await race.groups[0]?.get(1)).toBe("new");
  });

  test(`${how} invalidated on another node while its load is in flight: the old value is not kept`, async () => {
    await using race = await loadOfTheOld(2);
    const { epoch } = await race.node(1).invalidate(target);
    await until(() => race.node(0).stats().epoch === epoch);
    race.release();
    await race.reader;
    expect(await race.groups[0]?.get(1)).toBe("new");
    expect(await race.groups[1]?.get(1)).toBe("new");
  });
}

test("a value whose load ends before the invalidation arrives is not served afterwards", async () => {
  await using race = await loadOfTheOld(2);
  const invalidated = race.node(1).invalidate({ tags: ["item:1"] });
  race.release();
  await race.reader;
  const { epoch } = await invalidated;
  await until(() => race.node(0).stats().epoch === epoch);
  expect(await race.groups[0]?.get(1)).toBe("new");
  expect(await race.groups[1]?.get(1)).toBe("new");
});

test("a tag that only the loaded value reveals is checked too", async () => {
  await using one = await openTestNodes(fleet());
  const source = createTestSource([[1, { folder: "JP", text: "old" }]]);
  const tags = (_key: number, value: { folder: string } | null) => (value === null ? [] : [`folder:${value.folder}`]);
  const group = one.node(0).define(testDefinition({ ...source, tags }));
  const release = source.hold();
  const early = group.get(1);
  await source.begun(1);
  source.values.set(1, { folder: "JP", text: "new" });
  await one.node(0).invalidate({ tags: ["folder:JP"] });
  const late = group.get(1);
  release();
  expect(await early).toMatchObject({ text: "old" });
  expect(await late).toMatchObject({ text: "new" });
  expect(await group.get(1)).toMatchObject({ text: "new" });
});

test("a reader that arrives after an invalidation never joins an older load", async () => {
  await using race = await loadOfTheOld(1);
  await race.node(0).invalidate({ tags: ["item:1"] });
  const late = race.groups[0]?.get(1);
  await race.source.begun(2);
  race.release();
  expect(await late).toBe("new");
  expect(await race.reader).toBe("old");
  expect(race.groups[0]?.peek(1)).toBe("new");
});

test("a reader that arrives after an unrelated invalidation shares the load", async () => {
  await using race = await loadOfTheOld(1);
  using seen = recordOutcomes();
  await race.node(0).invalidate({ tags: ["item:2"] });
  const late = race.groups[0]?.get(1);
  race.release();
  expect(await Promise.all([race.reader, late])).toEqual(["old", "old"]);
  expect(seen.outcomes.toSorted()).toEqual(["coalesced", "miss"]);
  expect(race.groups[0]?.peek(1)).toBe("old");
});

test("a load that began after the invalidation is stored", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "value"]]);
  const [first] = two.nodes.map((node) => node.define(testDefinition(source)));
  const { epoch } = await two.node(1).invalidate({ tags: ["item:1"] });
  await first?.get(1);
  await until(() => two.node(0).stats().epoch === epoch);
  expect(await first?.get(1)).toBe("value");
  expect(source.loads).toEqual([1]);
});
