import { expect, inject, test } from "vitest";
import { createCache } from "@weir/cache";
import type { Db, Tx } from "@weir/postgres";
import { testPrefix } from "@weir/testkit/testing";
import { createInspectionService } from "./service";

/** A cache with one entry of each of two groups, in Redis. */
async function openCache() {
  const cache = createCache<Db, Tx>({
    redis: { url: inject("redisUrl") },
    nodeId: "a",
    keyPrefix: testPrefix(),
    // On a busy machine no fill is abandoned for being slow.
    timings: { redisBudgetMs: 20_000 },
  });
  await cache.ready();
  const lifetimes = { version: 1, freshFor: "5m", staleFor: "1h" } as const;
  const key = (id: string): string => id;
  const load = async (id: string) => ({ id });
  const open = cache.define<string, { id: string }>({
    ...lifetimes,
    name: "open.read",
    key,
    load,
    tags: () => ["all"],
  });
  const closed = cache.define<string, { id: string }>({
    ...lifetimes,
    name: "closed.read",
    isSensitive: true,
    key,
    load,
    tags: () => ["all"],
  });
  await Promise.all([open.get("a"), closed.get("b")]);
  const keys = ["open.read a", "closed.read b"].map((text) => {
    const [group = "", id = ""] = text.split(" ");
    return { group, key: id };
  });
  await expect.poll(async () => (await cache.preview({ keys })).entries, { timeout: 20_000 }).toBe(2);
  return { cache, [Symbol.asyncDispose]: () => cache.close() };
}

test("a value is returned if requested and allowed, else the reason is", async () => {
  await using app = await openCache();
  const shows = createInspectionService({ cache: app.cache, showsValues: true });
  const hides = createInspectionService({ cache: app.cache, showsValues: false });
  const ask = (group: string, withValue: boolean, key = "a") => ({ group, key, withValue });
  expect((await shows.key(ask("open.read", true))).value).toEqual({ json: '{"id":"a"}', isCut: false, why: null });
  expect((await shows.key(ask("open.read", false))).value.why).toBe("notAsked");
  expect((await shows.key(ask("open.read", true, "none"))).value.why).toBe("absent");
  expect((await shows.key(ask("closed.read", true, "b"))).value).toEqual({
    json: null,
    isCut: false,
    why: "sensitive",
  });
  expect((await hides.key(ask("open.read", true))).value).toEqual({ json: null, isCut: false, why: "switchedOff" });
  expect(JSON.stringify(await shows.key(ask("closed.read", true, "b")))).not.toContain('"b"');
});

test("dates are ISO 8601, and responses are plain JSON", async () => {
  await using app = await openCache();
  const service = createInspectionService({ cache: app.cache, showsValues: false });
  await app.cache.invalidate({ all: true }, { mode: "expire" });
  const { stored, memory } = await service.key({ group: "open.read", key: "a", withValue: false });
  expect(Date.parse(stored?.freshUntil ?? "")).toBeGreaterThan(Date.now());
  expect(stored?.freshUntil).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u);
  expect([stored?.state, memory?.state]).toEqual(["stale", "stale"]);
  const { groups } = await service.groups();
  const mine = groups.find(({ group }) => group === "open.read");
  expect(Math.abs(Date.parse(mine?.invalidatedAt ?? "") - Date.now())).toBeLessThan(60_000);
  for (const answer of [await service.groups(), await service.tags(), await service.hotKeys({ limit: 5 })]) {
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  }
});

test("Redis is scanned once in five seconds for any number of callers", async () => {
  await using app = await openCache();
  let nowMs = 0;
  const service = createInspectionService({ cache: app.cache, showsValues: false, now: () => nowMs });
  const first = service.groups();
  expect(service.groups()).toBe(first);
  nowMs = 4999;
  expect(service.groups()).toBe(first);
  nowMs = 5000;
  expect(service.groups()).not.toBe(first);
});
