import { platformOutbox } from "@weir/postgres/schema";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createDatabase, createOutbox, type Database, type Db, type Tx } from "@weir/postgres";
import { createTestDatabase, type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { defineTags } from "../contract/tags";
import { type CacheWarning, describeWarning } from "../contract/warnings";
import type { CacheOptions } from "../options";
import { expectCacheMatchesDatabase } from "../testing/expectations";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

let home: TestDatabase;
let database: Database;
beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url });
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

function watched(options: Partial<CacheOptions<Db, Tx>> = {}) {
  const warnings: CacheWarning[] = [];
  const given = {
    redis: { url: inject("redisUrl") },
    keyPrefix: testPrefix(),
    outbox: createOutbox(database, platformOutbox),
    onWarning: (warning: CacheWarning) => void warnings.push(warning),
    verify: 0,
    ...options,
    timings: { sweepMs: 20, retryMs: 20, redisBudgetMs: 5_000, ...options.timings },
  };
  return { warnings, given };
}

const items = defineTags({ item: (id: number) => id }, (row: { id: number }, tag) => [tag.item(row.id)]);

test("an entry that a write left behind is found, and one that a write invalidated is not", async () => {
  const { given } = watched();
  await using one = await openTestNodes<Db, Tx>(given);
  const node = one.node(0);
  const source = createTestSource([
    [1, "a"],
    [2, "b"],
  ]);
  const group = node.define(testDefinition(source));
  await group.getMany([1, 2, 3]);
  await expect(expectCacheMatchesDatabase(node)).resolves.toBeUndefined();
  await node.mutate(database.db, async (_tx, touched) => {
    source.values.set(1, "A");
    source.values.set(2, "B");
    touched.tags("item:1");
  });
  const found = await node.verify();
  expect(found).toEqual([
    {
      group: "test.read",
      key: "2",
      ageMs: expect.any(Number),
      cached: '"b"',
      loaded: '"B"',
      lastMutation: { procedure: null, tags: ["item:1"], mode: "purge", agoMs: expect.any(Number) },
    },
  ]);
  await group.get(1);
  await expect(expectCacheMatchesDatabase(node)).rejects.toThrow("test.read 2");
});

test("a remembered absence that has ended is a mismatch too", async () => {
  const { given } = watched();
  await using one = await openTestNodes<Db, Tx>(given);
  const source = createTestSource<string>([]);
  const group = one.node(0).define(testDefinition({ ...source, negativeFor: "1h" }));
  await group.get(9);
  source.values.set(9, "here");
  expect(await one.node(0).verify()).toMatchObject([{ key: "9", cached: "null", loaded: '"here"' }]);
});

test("a sampled hit that differs from its source is reported once, with its group, key and age", async () => {
  const { warnings, given } = watched({ verify: 1 });
  await using one = await openTestNodes<Db, Tx>(given);
  const source = createTestSource([[1, "old"]]);
  const group = one.node(0).define(testDefinition(source));
  await group.get(1);
  source.values.set(1, "new");
  await until(async () => (await group.get(1)) === "old" && warnings.length > 0);
  expect(warnings).toMatchObject([
    { code: "ENTRY_MISMATCH", group: "test.read", key: "1", cached: '"old"', loaded: '"new"' },
  ]);
  expect(warnings.map(describeWarning)[0]).toContain("another writer that does not invalidate");
});

test("a write that is still on its way to the cache is no mismatch", async () => {
  const { warnings, given } = watched({ verify: 1, timings: { sweepMs: 200 } });
  await using one = await openTestNodes<Db, Tx>(given, { ...given, verify: 0 });
  const source = createTestSource([
    [1, "old"],
    [2, "old"],
  ]);
  const group = one.node(0).define(testDefinition(source));
  await group.getMany([1, 2]);
  source.values.set(1, "new");
  source.values.set(2, "new");
  // Both comparisons see a difference; an invalidation of one arrives while they wait.
  await group.getMany([1, 2]);
  await one.node(1).invalidate({ tags: ["item:1"] });
  await until(() => warnings.length > 0);
  expect(warnings).toMatchObject([{ code: "ENTRY_MISMATCH", key: "2" }]);
});

test("values that depend on more than the database are left out, and those of a sensitive group are not shown", async () => {
  const { given } = watched();
  await using one = await openTestNodes<Db, Tx>(given);
  let count = 0;
  const load = async (): Promise<number> => (count += 1);
  const clock = one.node(0).define(testDefinition({ name: "clock.read", isVerifiable: false, load }));
  const secret = one.node(0).define(testDefinition({ name: "secret.read", isSensitive: true, load }));
  await clock.get(1);
  await secret.get(1);
  const [mismatch, ...others] = await one.node(0).verify();
  expect(others).toEqual([]);
  expect(mismatch).toMatchObject({ group: "secret.read", cached: null, loaded: null });
  expect(mismatch?.key).toMatch(/^hidden:/);
});

test("a mutation that touches nothing is reported, unless it says so itself", async () => {
  const { warnings, given } = watched();
  await using one = await openTestNodes<Db, Tx>(given);
  await one.node(0).mutate(database.db, async (_tx, touched) => touched.tags());
  expect(warnings).toEqual([]);
  await one.node(0).mutate(database.db, async () => "wrote something");
  expect(warnings).toEqual([{ code: "MUTATION_TOUCHED_NOTHING", procedure: null }]);
});

test("a tag of a family that no definition uses is reported, whatever invalidates it", async () => {
  const { warnings, given } = watched();
  await using one = await openTestNodes<Db, Tx>(given);
  const node = one.node(0);
  node.withTags(items).define({ ...testDefinition(createTestSource([[1, "a"]])), tags: (id) => [items.tag.item(id)] });
  await node.invalidate({ tags: ["item:1"] });
  expect(warnings).toEqual([]);
  await node.invalidate({ tags: ["itme:1"] });
  expect(warnings).toEqual([{ code: "TAG_UNKNOWN", tag: "itme:1", families: ["item"] }]);
  await node.mutate(database.db, async (_tx, touched) => touched.tags("shop:1"));
  expect(warnings).toHaveLength(2);
});

test("a row's tags before and after reach the lists that it leaves and enters", async () => {
  const { given } = watched();
  await using one = await openTestNodes<Db, Tx>(given);
  type Row = { id: number; shelf: string };
  const tags = defineTags({ row: (id: number) => id, shelf: (name: string) => name }, (row: Row, tag) => [
    tag.row(row.id),
    tag.shelf(row.shelf),
  ]);
  const rows: Row[] = [{ id: 1, shelf: "left" }];
  const cache = one.node(0).withTags(tags);
  const shelf = cache.define<string, number[]>({
    name: "shelf.list",
    version: 1,
    key: (name) => name,
    tags: (name) => [tags.tag.shelf(name)],
    freshFor: "1h",
    load: async (name) => rows.filter((row) => row.shelf === name).map(({ id }) => id),
  });
  expect([await shelf.get("left"), await shelf.get("right")]).toEqual([[1], []]);
  await cache.mutate(database.db, async (_tx, touched) => {
    rows[0] = { id: 1, shelf: "right" };
    touched.row({ id: 1, shelf: "left" }, { id: 1, shelf: "right" });
  });
  expect([await shelf.get("left"), await shelf.get("right")]).toEqual([[], [1]]);
  await expect(cache.mutate(database.db, async (_tx, touched) => touched.row(null, null))).rejects.toThrow(TypeError);
});
