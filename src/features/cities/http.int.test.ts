import { expectCacheMatchesDatabase } from "@weir/cache/testing";
import { createTRPCClient, httpLink } from "@trpc/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "@/dev/test-events";
import { createInternalCaller } from "@/server/rpc/caller";
import type { RouterOf } from "@/server/rpc/root";
import { importCities } from "./import";
import type { server } from "./server";
import { startCityApp } from "./test-app";

const saoPaulo = 3_448_439;

test("an import invalidates cached responses on nodes that did not run it", async () => {
  await using fresh = await startCityApp();
  const { city, country } = createTRPCClient<RouterOf<{ cities: typeof server }>>({
    links: [httpLink({ url: `${fresh.origin}/api/trpc` })],
  });
  const inside = createInternalCaller(fresh.runtime);
  const original = await inside.city.byId({ id: saoPaulo });
  await inside.city.update({ id: saoPaulo, version: 1, name: "Elsewhere", population: 0 });
  expect((await city.byId.query({ id: saoPaulo })).name).toBe("Elsewhere");
  expect((await country.stats.query({ code: "BR" })).largest[0]?.id).not.toBe(saoPaulo);
  await importCities(fresh.runtime.database, { force: true });
  await expect
    .poll(async () => (await city.byId.query({ id: saoPaulo })).name, { timeout: 10_000 })
    .toBe(original.name);
  await expect
    .poll(async () => (await country.stats.query({ code: "BR" })).largest[0]?.id, { timeout: 10_000 })
    .toBe(saoPaulo);
}, 60_000);

describe("over HTTP", () => {
  let app: Awaited<ReturnType<typeof startCityApp>>;
  beforeAll(async () => {
    app = await startCityApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const query = (path: string, input: unknown): Promise<Response> =>
    fetch(`${app.origin}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`);

  test.each([
    ["city.byId", { id: 0 }],
    ["city.byIds", { ids: Array.from({ length: 101 }, (_, index) => index + 1) }],
    ["city.search", { q: "" }],
    ["city.search", { q: "a".repeat(101) }],
    ["city.search", { q: "a", limit: 51 }],
    ["city.search", { q: "a", country: "jp" }],
    ["city.nearby", { lat: 91, lon: 0 }],
    ["city.nearby", { lat: 0, lon: 0, radiusKm: -1 }],
    ["city.list", { limit: 101 }],
    ["city.list", { order: "area" }],
    ["city.list", { cursor: "nonsense" }],
    ["country.stats", { code: "XXX" }],
  ])("%s rejects %o as BAD_REQUEST", async (path, input) => {
    expect((await query(path, input)).status).toBe(400);
  });

  test("a search finds São Paulo in any spelling, and the second search is a hit", async () => {
    const first = await query("city.search", { q: "Sao Pau", limit: 1 });
    expect(await first.json()).toMatchObject({
      result: { data: { items: [{ id: saoPaulo, name: "São Paulo", match: "prefix" }] } },
    });
    const second = await query("city.search", { q: "  SAO pau ", limit: 1 });
    expect(second.headers.get("server-timing")).toContain('cache;desc="city.search l1"');
  });

  test("unknown cities and countries are NOT_FOUND with specific codes", async () => {
    const codeOf = async (response: Response): Promise<unknown> => [response.status, await response.json()];
    expect(await codeOf(await query("city.byId", { id: 1 }))).toMatchObject([
      404,
      { error: { data: { weirCode: "CITY_NOT_FOUND" } } },
    ]);
    expect(await codeOf(await query("country.stats", { code: "XX" }))).toMatchObject([
      404,
      { error: { data: { weirCode: "COUNTRY_NOT_FOUND" } } },
    ]);
  });

  test("an update checks the version and reaches lists, statistics and the change stream", async () => {
    const inside = createInternalCaller(app.runtime);
    const before = await inside.city.byId({ id: saoPaulo });
    const figures = await inside.country.stats({ code: "BR" });
    const listed = await inside.city.list({ country: "BR", limit: 1 });
    expect(listed.items[0]?.id).toBe(saoPaulo);
    const reader = await openEvents(
      `${app.origin}/api/trpc/city.changes?input=${encodeURIComponent(JSON.stringify({ ids: [saoPaulo] }))}`,
    );
    expect(await reader.nextData()).toMatchObject({ data: { type: "ready" } });
    const changed = await inside.city.update({ id: saoPaulo, version: before.version, population: 1 });
    expect(changed).toEqual({ ...before, population: 1, version: before.version + 1 });
    expect(await reader.nextData()).toMatchObject({
      data: { type: "changes", changes: [{ kind: "present", id: saoPaulo, city: { population: 1 } }] },
    });
    reader.close();
    expect((await inside.city.list({ country: "BR", limit: 1 })).items[0]?.id).not.toBe(saoPaulo);
    const after = await inside.country.stats({ code: "BR" });
    expect(after.totalPopulation).toBe(figures.totalPopulation - before.population + 1);
    await expectCacheMatchesDatabase(app.runtime.cache);
    await expect(inside.city.update({ id: saoPaulo, version: before.version, name: "Late" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });
});
