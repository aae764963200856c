import { expect, test } from "vitest";
import type { KeySummary } from "../contract/inspection";
import { openFilledShop, openShop, type Shop, unbounded } from "../testing/test-shop";

/** The keys of all pages of a prefix, each once. */
async function allKeys(shop: Shop, prefix: string, limit: number) {
  const node = shop.node(1);
  const keys = new Map<string, KeySummary>();
  const sizes: number[] = [];
  let coverage = 0;
  let cursor: string | undefined;
  do {
    const page = await node.inspect.keys({ prefix, limit, ...(cursor === undefined ? {} : { cursor }) });
    for (const look of page.keys) keys.set(`${look.group}:${look.key}`, look);
    sizes.push(page.keys.length);
    coverage += page.scanned / page.total;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { keys, sizes, coverage };
}

test("pages of keys cover a whole prefix, with time to live, size and status", async () => {
  await using shop = await openFilledShop(10_000);
  const all = await allKeys(shop, "item.read:", 200);
  expect(all.keys.size).toBe(10_000);
  expect(all.coverage).toBeCloseTo(1, 1);
  expect(Math.max(...all.sizes)).toBeLessThan(600);
  for (const look of all.keys.values()) {
    expect(look).toMatchObject({ group: "item.read", version: 1, isHidden: false, state: "fresh", reasons: [] });
    expect(look.ttlMs).toBeGreaterThan(3_600_000);
    expect(look.ttlMs).toBeLessThanOrEqual(3_900_000);
    expect(look.sizeBytes).toBeGreaterThan(50);
  }
  const some = await allKeys(shop, "item.read:77", 50);
  expect([...some.keys.keys()].toSorted()).toHaveLength(111);
  expect([...some.keys.keys()].every((id) => id.startsWith("item.read:77"))).toBe(true);
  expect((await allKeys(shop, "pri", 500)).keys.size).toBe(1000);
  expect((await allKeys(shop, "absent:", 500)).keys.size).toBe(0);
});

test("one call does a bounded amount of work, and its cursor continues where it stopped", async () => {
  await using shop = await openFilledShop(10_000);
  const first = await shop.node(0).inspect.keys({ prefix: "item.read:9999", limit: 10 }, { maxKeys: 2000 });
  expect(first.isComplete).toBe(false);
  expect(first.nextCursor).toMatch(/^0-\d+$/u);
  expect(first.scanned).toBeLessThan(first.total);
  await expect(shop.node(0).inspect.keys({ cursor: "elsewhere", limit: 10 })).rejects.toMatchObject({
    code: "CURSOR_INVALID",
  });
});

test("groups report their definition and contents, in Redis and in this node's memory", async () => {
  await using shop = await openFilledShop(10_000);
  const before = await shop.node(0).inspect.groups(unbounded);
  expect(before.isExact).toBe(true);
  expect(
    before.groups.map(({ group, version, entries, memoryEntries, isSensitive }) => [
      group,
      version,
      entries,
      memoryEntries,
      isSensitive,
    ]),
  ).toEqual([
    ["item.read", 1, 10_000, 10_000, false],
    ["price.read", 3, 1000, 1000, false],
    ["secret.read", 1, 3, 3, true],
  ]);
  const [item] = before.groups;
  expect(item?.definition).toEqual({ freshMs: 300_000, staleMs: 3_600_000, negativeMs: 10_000, serveForMs: 0 });
  expect(item?.bytes).toBeGreaterThan(10_000 * 50);
  expect(item?.memoryBytes).toBeGreaterThan(10_000 * 50);
  expect((await shop.node(1).inspect.groups(unbounded)).groups.map(({ memoryEntries }) => memoryEntries)).toEqual([
    0, 0, 0,
  ]);

  const estimated = await shop.node(0).inspect.groups({ maxKeys: Math.round(before.total / 3), maxMs: 60_000 });
  expect(estimated.isExact).toBe(false);
  expect(Math.abs((estimated.groups[0]?.entries ?? 0) - 10_000)).toBeLessThan(1000);

  expect(item?.invalidatedAtMs === null || (item?.invalidatedAtMs ?? 0) < Date.now()).toBe(true);
  await shop.node(0).invalidate({ groups: ["item.read"] });
  const after = await shop.node(0).inspect.groups(unbounded);
  expect(Math.abs((after.groups[0]?.invalidatedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
});

test("entries of a group that is not defined here are counted, and their keys are redacted", async () => {
  await using shop = await openShop();
  await using other = await openShop({ keyPrefix: shop.keyPrefix });
  const left = other.node(0).define<string, string>({
    name: "left.over",
    version: 7,
    key: (key) => key,
    tags: () => [],
    freshFor: "1h",
    load: async () => "x",
  });
  await left.get("a name");
  await expect
    .poll(async () => (await shop.node(0).inspect.groups(unbounded)).groups.find(({ group }) => group === "left.over"))
    .toMatchObject({ version: 7, definition: null, entries: 1 });
  const { keys } = await shop.node(0).inspect.keys({ prefix: "left.over:", limit: 10 }, unbounded);
  expect(keys).toMatchObject([{ group: "left.over", version: 7, isHidden: true, state: "fresh" }]);
  expect(keys[0]?.key).toMatch(/^hidden:/u);
});

test("tags are reported by family, with their busiest members and their invalidations", async () => {
  await using shop = await openFilledShop(1000);
  await shop.node(0).invalidate({ tags: ["shop:3", "item:5"] });
  await shop.node(0).invalidate({ tags: ["shop:3"] });
  const { isExact, families } = await shop.node(1).inspect.tags(unbounded);
  expect(isExact).toBe(true);
  expect(families.map(({ family, entries, invalidations }) => [family, entries, invalidations])).toEqual([
    ["item:*", 1100, 1],
    ["shop:*", 1000, 2],
    ["owner:*", 3, 0],
  ]);
  const [item, ofShop, owner] = families;
  expect(item?.busiest).toHaveLength(10);
  expect(ofShop?.busiest.map(({ tag, entries }) => [tag, entries])).toEqual(
    Array.from({ length: 10 }, (_, shopId) => [`shop:${shopId}`, 100]),
  );
  expect(ofShop?.busiest.find(({ tag }) => tag === "shop:3")?.invalidatedAtMs).toBeGreaterThan(Date.now() - 60_000);
  expect(owner?.busiest).toEqual([]);
});

test("a key reports its value, its marks, and which mark prevents serving it", async () => {
  await using shop = await openFilledShop(10);
  const look = (value = false) => shop.node(0).inspect.key({ group: "item.read", key: "7", value });
  const fresh = await look(true);
  expect(fresh).toMatchObject({ group: "item.read", version: 1, key: "7", isHidden: false });
  expect(fresh.stored).toMatchObject({ state: "fresh", reasons: [], encoding: "plain" });
  expect(fresh.stored?.marks).toEqual(
    ["group:item.read", "key:item.read:7", "item:7", "shop:7"].map((mark) => ({
      mark,
      purgedEpoch: 0,
      expiredEpoch: 0,
    })),
  );
  expect(fresh.memory).toMatchObject({ state: "fresh", reasons: [] });
  expect(JSON.parse(fresh.value?.json ?? "")).toEqual({ id: 7, shop: 7 });
  expect(await look()).not.toHaveProperty("value");

  const { epoch: expired } = await shop.node(0).invalidate({ tags: ["shop:7"] }, { mode: "expire" });
  const stale = await look();
  expect(stale.epoch).toBe(expired);
  expect(stale.stored).toMatchObject({
    state: "stale",
    reasons: [{ cause: "expired", mark: "shop:7", epoch: expired }],
  });
  expect(stale.memory).toMatchObject({ state: "stale", reasons: [{ cause: "expired", mark: "shop:7" }] });

  const { epoch: purged } = await shop
    .node(1)
    .invalidate({ keys: [{ group: "item.read", key: "7" }] }, { wait: "fleet" });
  const gone = await look();
  expect(gone.stored).toMatchObject({
    state: "void",
    reasons: [
      { cause: "purged", mark: "key:item.read:7", epoch: purged },
      { cause: "expired", mark: "shop:7", epoch: expired },
    ],
  });
  expect(gone.memory).toMatchObject({ state: "void" });
  expect(gone.memory?.reasons).toContainEqual({ cause: "purged", mark: "key:item.read:7", epoch: null });

  const absent = await shop.node(0).inspect.key({ group: "item.read", key: "none" });
  expect([absent.stored, absent.memory]).toEqual([null, null]);
  await expect(shop.node(0).inspect.key({ group: "nobody", key: "7" })).rejects.toMatchObject({
    code: "CACHE_GROUP_UNKNOWN",
  });
});

test("keys, values and tags of a sensitive group are neither shown nor open to probing", async () => {
  await using shop = await openFilledShop(10);
  const { inspect } = shop.node(1);
  const { keys } = await inspect.keys({ prefix: "secret.read:", limit: 10 }, unbounded);
  expect(keys).toHaveLength(3);
  for (const { key, isHidden } of keys) expect([key.startsWith("hidden:"), isHidden]).toEqual([true, true]);
  expect(
    (await shop.node(0).inspect.keys({ prefix: "secret.read:", limit: 10 }, unbounded)).keys
      .map(({ key }) => key)
      .toSorted(),
  ).toEqual(keys.map(({ key }) => key).toSorted());
  expect((await inspect.keys({ prefix: "secret.read:1", limit: 10 }, unbounded)).keys).toEqual([]);
  const detail = await inspect.key({ group: "secret.read", key: "1", value: true });
  expect(detail.isHidden).toBe(true);
  expect(keys.map(({ key }) => key)).toContain(detail.key);
  expect(detail).not.toHaveProperty("value");
  expect(detail.stored?.marks.map(({ mark }) => mark)).toEqual(["group:secret.read", "key", "owner:*"]);
});
