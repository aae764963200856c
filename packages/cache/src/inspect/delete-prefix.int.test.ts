import { expect, test } from "vitest";
import { until } from "../testing/test-nodes";
import { openFilledShop, unbounded } from "../testing/test-shop";

test("a deleted prefix is gone on every node and in Redis, and the rest is untouched", async () => {
  await using shop = await openFilledShop(2000);
  const [first, second] = shop.groups;
  await second?.items.getMany([77, 770, 1, 78]);
  const told: number[] = [];
  expect(await shop.node(0).inspect.prefix("item.read:77", unbounded)).toMatchObject({
    entries: 11,
    isExact: true,
    byGroup: [{ group: "item.read", entries: 11 }],
  });
  const { deleted, nextCursor, epoch } = await shop
    .node(1)
    .deletePrefix("item.read:77", { ...unbounded, onDeleted: (count) => told.push(count) });
  expect({ deleted, nextCursor }).toEqual({ deleted: 11, nextCursor: null });
  expect(told.at(-1)).toBe(11);
  await until(() => shop.node(0).stats().epoch === epoch);
  for (const id of [77, 770, 779]) expect(first?.items.peek(id)).toBeUndefined();
  for (const id of [77, 770]) expect(second?.items.peek(id)).toBeUndefined();
  expect(first?.items.peek(78)).toEqual({ id: 78, shop: 8 });
  expect(second?.items.peek(78)).toEqual({ id: 78, shop: 8 });
  expect((await shop.node(0).inspect.keys({ prefix: "item.read:77", limit: 100 }, unbounded)).keys).toEqual([]);
  expect((await shop.node(0).preview({ groups: ["item.read"] }, unbounded)).entries).toBe(1989);
});

test("many entries are invalidated in batches, a whole group at once", async () => {
  await using shop = await openFilledShop(2000);
  const begin = shop.node(1).stats().epoch;
  const some = await shop.node(1).deletePrefix("item.read:1", unbounded);
  expect(some.deleted).toBe(1111);
  // Batches of five hundred, which end with a step of the scan.
  expect(some.epoch).toBeLessThanOrEqual(begin + 6);
  const all = await shop.node(1).deletePrefix("item.read:", unbounded);
  expect(all).toMatchObject({ deleted: 889, nextCursor: null, epoch: (some.epoch ?? 0) + 1 });
  expect((await shop.node(1).preview({ all: true }, unbounded)).byGroup).toEqual([
    { group: "price.read", entries: 200 },
    { group: "secret.read", entries: 3 },
  ]);
});

test("entries that only this node's memory holds are invalidated too", async () => {
  await using shop = await openFilledShop(20);
  const [first] = shop.groups;
  await shop.node(0).inspect.key({ group: "item.read", key: "7" });
  await shop.removeFromRedis("item.read", 1, "7");
  expect(first?.items.peek(7)).toBeDefined();
  expect(await shop.node(0).deletePrefix("item.read:7", unbounded)).toMatchObject({ deleted: 0, nextCursor: null });
  expect(first?.items.peek(7)).toBeUndefined();
});

test("a deletion can be aborted between two batches", async () => {
  await using shop = await openFilledShop(2000);
  const giving = new AbortController();
  const deleting = shop
    .node(0)
    .deletePrefix("item.read:1", { signal: giving.signal, onProgress: () => giving.abort(new Error("enough")) });
  await expect(deleting).rejects.toThrow("enough");
  const { entries } = await shop.node(0).preview({ groups: ["item.read"] }, unbounded);
  expect(entries).toBeGreaterThan(0);
});

test("a deletion that ended at its bounds continues from its cursor", async () => {
  await using shop = await openFilledShop(2000);
  const { total } = await shop.node(1).preview({ all: true }, unbounded);
  const deleted: number[] = [];
  let cursor: string | undefined;
  do {
    const bounds = { maxKeys: Math.round(total / 3), maxMs: 60_000, ...(cursor === undefined ? {} : { cursor }) };
    const part = await shop.node(1).deletePrefix("item.read:1", bounds);
    deleted.push(part.deleted);
    cursor = part.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(deleted.length).toBeGreaterThan(1);
  expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(1111);
  expect((await shop.node(0).preview({ groups: ["item.read"] }, unbounded)).entries).toBe(889);
});
