import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { type CountryQueries, createCountryQueries } from "./queries";
import { createCityDatabase } from "../test-cities";

let home: TestDatabase;
let database: Database;
let queries: CountryQueries;
beforeAll(async () => {
  home = await createCityDatabase();
  database = createDatabase({ url: home.url, max: 2 });
  queries = createCountryQueries(database.db);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

test("lists all countries by name, ignoring accents", async () => {
  const names = (await queries.list()).map(({ name }) => name);
  expect(names).toHaveLength(246);
  expect(names.slice(0, 3)).toEqual(["Afghanistan", "Åland Islands", "Albania"]);
});

test("finds a country by its code", async () => {
  expect(await queries.byCode("CI")).toEqual({ code: "CI", name: "Côte d’Ivoire" });
  expect(await queries.byCode("XX")).toBeNull();
});

test("computes statistics from its cities", async () => {
  for (const code of ["LI", "GL", "FR", "VA"]) {
    const rows = await database.db.execute<{ population: number }>(
      sql`select population from cities.cities where country_code = ${code} order by population`,
    );
    const populations = rows.map(({ population }) => population);
    const count = populations.length;
    const total = populations.reduce((sum, population) => sum + population, 0);
    const middle = [populations[Math.floor((count - 1) / 2)] ?? 0, populations[Math.ceil((count - 1) / 2)] ?? 0];
    expect(await queries.stats(code), code).toEqual({
      cityCount: count,
      totalPopulation: total,
      meanPopulation: expect.closeTo(total / count, 6),
      medianPopulation: ((middle[0] ?? 0) + (middle[1] ?? 0)) / 2,
    });
  }
});

test("a country without cities has zero statistics", async () => {
  const zero = { cityCount: 0, totalPopulation: 0, meanPopulation: 0, medianPopulation: 0 };
  expect(await queries.stats("XX")).toEqual(zero);
  expect(await queries.largest("XX", 10)).toEqual([]);
});

test("returns the largest cities, largest first, up to the limit", async () => {
  const largest = await queries.largest("CH", 3);
  expect(largest.map(({ name }) => name)).toEqual(["Zürich", "Genève", "Basel"]);
});

test("reads statistics from an index only", async () => {
  const rows = await database.db.execute<{ "QUERY PLAN": string }>(sql`
    explain select count(*), percentile_cont(0.5) within group (order by population) from cities.cities where country_code = 'CH'`);
  expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain("Index Only Scan using cities_country_population");
});
