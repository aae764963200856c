import { readFile } from "node:fs/promises";
import { expect, inject, test } from "vitest";
import type { City } from "@/features/cities/contract";
import { testPrefix } from "@weir/testkit/testing";
import { createDatabase, createOutbox, type Db, type Tx } from "@weir/postgres";
import { createCityQueries } from "@/features/cities/queries";
import { createCache } from "@weir/cache";
import { CityError } from "@/features/cities/errors";
import { createCityDatabase } from "@/features/cities/test-cities";

/** Runs the examples of docs/cache.md, which are the regions below, word for word. */
test("the guide's examples do what it says", async () => {
  await using home = await createCityDatabase();
  const database = createDatabase({ url: home.url });
  const { db } = database;
  const queries = createCityQueries(db);
  const redisUrl = inject("redisUrl");
  const keyPrefix = testPrefix();

  // #region open
  const cache = createCache<Db, Tx>({
    redis: { url: redisUrl },
    nodeId: "node-1",
    keyPrefix,
    outbox: createOutbox(database),
  });
  await cache.ready();
  // #endregion

  // #region define
  const cityById = cache.define<number, City>({
    name: "city.byId",
    version: 1,
    key: (id) => String(id),
    tags: (id, city) => [`city:${id}`, ...(city === null ? [] : [`country:${city.countryCode}`])],
    freshFor: "5m",
    staleFor: "1h",
    negativeFor: "30s",
    load: (id) => queries.byId(id),
    loadMany: async (ids) => new Map((await queries.byIds([...ids])).map((city) => [city.id, city])),
  });
  // #endregion

  try {
    // #region read
    const city = await cityById.get(2_643_743); // null where no city has the id
    const cities = await cityById.getMany([2_643_743, 1_853_909]); // a Map, in this order
    // #endregion
    expect([city?.name, cities.get(1_853_909)?.countryCode]).toEqual(["London", "JP"]);

    const { version } = (await queries.byId(1_853_909)) ?? { version: 0 };
    const change = { id: 1_853_909, version, population: 2_800_000 };
    // #region write
    const changed = await cache.mutate(db, async (tx, touched) => {
      const outcome = await queries.update(tx, change);
      if (outcome.status !== "updated") throw new CityError("CITY_VERSION_CONFLICT");
      touched.tags(`city:${change.id}`, `country:${outcome.city.countryCode}`);
      return outcome.city;
    });
    // From here on no read on this node sees the old population.
    // #endregion
    expect(changed.population).toBe(2_800_000);
    expect((await cityById.get(1_853_909))?.population).toBe(2_800_000);

    // #region invalidate
    await cityById.invalidate(2_643_743);
    await cache.invalidate({ tags: ["country:JP", "country:FR"] });
    await cache.invalidate({ groups: ["city.byId"] }, { mode: "expire" });
    await cache.invalidate({ keys: [{ group: "city.byId", key: "2643743" }] }, { wait: "fleet" });
    // #endregion
    expect(cityById.peek(2_643_743)).toBeUndefined();

    // #region operate
    const { entries, isExact } = await cache.preview({ tags: ["country:JP"] });
    const { groups } = await cache.inspect.groups();
    const { keys, nextCursor } = await cache.inspect.keys({ prefix: "city.byId:18", limit: 100 });
    const { stored } = await cache.inspect.key({ group: "city.byId", key: "2643743" });
    const { deleted } = await cache.deletePrefix("city.byId:18", { signal: AbortSignal.timeout(60_000) });
    // #endregion
    expect([entries, isExact, deleted].map((answer) => typeof answer)).toEqual(["number", "boolean", "number"]);
    expect(groups.map(({ group }) => group)).toContain("city.byId");
    expect(keys.length === 0 || keys[0]?.group === "city.byId").toBe(true);
    expect(nextCursor === null || typeof nextCursor === "string").toBe(true);
    expect(stored?.state ?? "void").toBe("void");
  } finally {
    await cache.close();
    await database.close();
  }
});

/** Every region of this file, without the indentation of its first line. */
async function regions(): Promise<Map<string, string>> {
  const source = await readFile(new URL(import.meta.url), "utf8");
  const found = source.matchAll(/^( *)\/\/ #region (\w+)\n([^]*?)\n *\/\/ #endregion/gmu);
  return new Map(
    [...found].map(([, indent = "", name = "", text = ""]) => [
      name,
      text.replaceAll(new RegExp(`^${indent}`, "gmu"), ""),
    ]),
  );
}

test("docs/cache.md shows these examples and no others", async () => {
  const guide = await readFile(new URL("../../../docs/cache.md", import.meta.url), "utf8");
  const shown = [...guide.matchAll(/^```ts\n([^]*?)\n```$/gmu)].map(([, text]) => text);
  expect(shown).toEqual([...(await regions()).values()]);
});
