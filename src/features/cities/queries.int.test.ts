import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type City, citySchema } from "./contract";
import { type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { type CityPage, type CityQueries, createCityQueries } from "./queries";
import { createCityDatabase } from "./test-cities";

let home: TestDatabase;
let database: Database;
let queries: CityQueries;
beforeAll(async () => {
  home = await createCityDatabase();
  database = createDatabase({ url: home.url, max: 4 });
  queries = createCityQueries(database.db);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

const saoPaulo = 3_448_439;
const elTarter = 3_039_154;

test("finds a city by its ID in the shape of the contract", async () => {
  const city = await queries.byId(saoPaulo);
  expect(city).toMatchObject({ id: saoPaulo, name: "São Paulo", countryCode: "BR", population: 10_021_295 });
  expect(citySchema.strict().parse(city)).toEqual(city);
  expect(await queries.byId(1)).toBeNull();
});

test("finds many by their IDs, without those that do not exist", async () => {
  const found = await queries.byIds([saoPaulo, 1, elTarter, saoPaulo]);
  expect(found.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([elTarter, saoPaulo]);
  expect(await queries.byIds([])).toEqual([]);
});

async function walk(page: Omit<CityPage, "after">): Promise<City[]> {
  const all: City[] = [];
  let after: CityPage["after"] = null;
  for (;;) {
    const items = await queries.list({ ...page, after });
    all.push(...items);
    const last = items.at(-1);
    if (last === undefined) return all;
    after = { value: page.order === "name" ? last.name : last.population, id: last.id };
  }
}

test("the pages of a country list each of its cities once, in order", async () => {
  for (const order of ["population", "name"] as const) {
    // Greenland has many cities without population: ties over several pages.
    for (const country of ["GL", "CH"]) {
      const by = order === "name" ? sql`search_name, id` : sql`population desc, id desc`;
      const expected = await database.db.execute<{ id: number }>(
        sql`select id from cities.cities where country_code = ${country} order by ${by}`,
      );
      const seen = await walk({ country, order, limit: 7 });
      expect(
        seen.map(({ id }) => id),
        `${country} by ${order}`,
      ).toEqual(expected.map(({ id }) => id));
    }
  }
});

test("without a country the pages list all cities", { timeout: 60_000 }, async () => {
  const seen = await walk({ order: "population", limit: 5_000 });
  expect(new Set(seen.map(({ id }) => id)).size).toBe(135_233);
  expect(seen.slice(0, 2).map(({ name }) => name)).toEqual(["Shanghai", "Istanbul"]);
  const names = await walk({ order: "name", limit: 5_000 });
  expect(new Set(names.map(({ id }) => id)).size).toBe(135_233);
});

test("a page reads only its own rows, early or late in the list", async () => {
  const single = createDatabase({ url: home.url, max: 1 });
  const own = createCityQueries(single.db);
  for (const [order, value, index] of [
    ["population", 5_000, "cities_population"],
    ["name", "m", "cities_search_name"],
  ] as const) {
    for (let run = 0; run < 12; run += 1) await own.list({ order, after: { value, id: 1 }, limit: 10 });
    for (let run = 0; run < 12; run += 1) await own.list({ order, country: "FR", after: { value, id: 1 }, limit: 10 });
    const statements = await single.db.execute<{ name: string; of: string }>(sql`
      select name, case when statement like '%country_code" =%' then 'FR' else '' end as of from pg_prepared_statements
      where statement like ${order === "name" ? "%cities.fold(%" : '%"population", "cities"."cities"."id") <%'}`);
    expect(statements).toHaveLength(2);
    for (const { name, of } of statements) {
      const values = `${of === "" ? "" : "'FR', "}'${value}', 1, 10`;
      const rows = await single.db.execute<{ "QUERY PLAN": string }>(
        sql.raw(`explain (analyze, costs off, timing off) execute "${name}" (${values})`),
      );
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      const expected = of === "" ? index : index.replace("cities_", "cities_country_");
      expect(plan).toContain(`Index Scan using ${expected} on cities (actual rows=10`);
      expect(plan).not.toMatch(/Sort|Filter/);
    }
  }
  await single.close();
});

test("an update with the current version increments it and returns the previous row", async () => {
  const before = await queries.byId(elTarter);
  const outcome = await database.transaction((tx) =>
    queries.update(tx, { id: elTarter, version: before?.version ?? 0, name: "El Tártér" }),
  );
  const after = await queries.byId(elTarter);
  expect(outcome).toEqual({ status: "updated", before, city: after });
  expect(after).toEqual({ ...before, name: "El Tártér", version: 2 });
  expect(await queries.search({ q: "el tarter", limit: 1 })).toEqual([{ ...after, match: "exact" }]);
});

test("an update with another version is a conflict, one of an unknown city is absent, and neither writes", async () => {
  const before = await queries.byId(saoPaulo);
  const update = (input: Parameters<typeof queries.update>[1]) =>
    database.db.transaction((tx) => queries.update(tx, input));
  expect(await update({ id: saoPaulo, version: 99, population: 1 })).toEqual({ status: "conflict" });
  expect(await update({ id: 1, version: 1, population: 1 })).toEqual({ status: "absent" });
  expect(await queries.byId(saoPaulo)).toEqual(before);
});

test("of concurrent updates with the same version exactly one succeeds", async () => {
  const before = await queries.byId(saoPaulo);
  const input = { id: saoPaulo, version: before?.version ?? 0 };
  const outcomes = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map((population) =>
      database.transaction((tx) => queries.update(tx, { ...input, population })),
    ),
  );
  expect(outcomes.filter(({ status }) => status === "updated")).toHaveLength(1);
  expect(outcomes.filter(({ status }) => status === "conflict")).toHaveLength(7);
  expect((await queries.byId(saoPaulo))?.version).toBe(input.version + 1);
});
