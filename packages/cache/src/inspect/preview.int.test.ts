import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes } from "../testing/test-nodes";
import { openFilledShop, unbounded } from "../testing/test-shop";

test("a preview counts by tag, key, group and all what an invalidation then affects", async () => {
  await using two = await openFilledShop(10_000);
  const node = two.node(1);
  const counted = async (target: Parameters<typeof node.preview>[0]) => {
    const { isExact, entries, estimate, byGroup } = await node.preview(target, unbounded);
    expect(estimate).toBe(entries);
    return { isExact, ...Object.fromEntries(byGroup.map(({ group, entries: count }) => [group, count])) };
  };
  expect(await counted({ tags: ["shop:3"] })).toEqual({ isExact: true, "item.read": 1000 });
  expect(await counted({ tags: ["item:7", "shop:3"] })).toEqual({ isExact: true, "item.read": 1001, "price.read": 1 });
  expect(await counted({ groups: ["price.read"] })).toEqual({ isExact: true, "price.read": 1000 });
  expect(
    await counted({
      keys: [
        { group: "item.read", key: "7" },
        { group: "item.read", key: "none" },
      ],
    }),
  ).toEqual({
    isExact: true,
    "item.read": 1,
  });
  expect(await counted({ keys: [{ group: "unknown", key: "7" }] })).toEqual({ isExact: true });
  expect(await counted({})).toEqual({ isExact: true });

  await node.invalidate({ tags: ["shop:3"] });
  expect(await counted({ tags: ["shop:3"] })).toEqual({ isExact: true });
  expect(await counted({ all: true })).toEqual({
    isExact: true,
    "item.read": 9000,
    "price.read": 1000,
    "secret.read": 3,
  });
  await node.invalidate({ groups: ["item.read"] }, { mode: "expire" });
  expect(await counted({ all: true })).toEqual({
    isExact: true,
    "item.read": 9000,
    "price.read": 1000,
    "secret.read": 3,
  });
  await node.invalidate({ all: true });
  expect(await counted({ all: true })).toEqual({ isExact: true });
});

test("a preview that runs out of its budget reports its coverage and estimates the rest", async () => {
  await using two = await openFilledShop(10_000);
  const node = two.node(1);
  const { total } = await node.preview({ all: true }, unbounded);
  const steps: number[] = [];
  const seen = await node.preview(
    { all: true },
    { maxKeys: Math.round(total / 3), maxMs: 60_000, onProgress: ({ scanned }) => steps.push(scanned) },
  );
  expect(seen.isExact).toBe(false);
  expect(seen.entries).toBeGreaterThan(0);
  expect(seen.entries).toBeLessThan(11_003);
  expect(seen.scanned).toBeLessThan(seen.total);
  expect(Math.abs(seen.estimate - 11_003)).toBeLessThan(1100);
  expect(steps.length).toBeGreaterThan(1);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
});

test("a preview can be aborted, and rejects with CACHE_UNAVAILABLE without Redis", async () => {
  const keyPrefix = testPrefix();
  await using proxy = await openFaultProxy(inject("redisUrl"));
  await using one = await openTestNodes({ redis: { url: proxy.url }, keyPrefix });
  await expect(one.node(0).preview({ all: true }, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/iu);
  proxy.cut();
  await expect(one.node(0).preview({ all: true })).rejects.toMatchObject({ code: "CACHE_UNAVAILABLE" });
});
