import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database, type Db } from "@weir/postgres";
import { createCountryQueries } from "./country/queries";
import { createCityQueries } from "./queries";
import { createCityDatabase } from "./test-cities";

let home: TestDatabase;
let database: Database;
let client: postgres.Sql;
beforeAll(async () => {
  home = await createCityDatabase();
  database = createDatabase({ url: home.url, max: 2 });
  client = postgres(home.url, { max: 2 });
});
afterAll(async () => {
  await database.close();
  await client.end();
  await home.drop();
});

/** One call of each statement; with and without a country where it is optional. */
async function askAll(db: Db): Promise<Record<string, unknown>> {
  const [cities, countries] = [createCityQueries(db), createCountryQueries(db)];
  const limit = 20;
  return {
    byId: await cities.byId(3_448_439),
    byIdOfNobody: await cities.byId(1),
    byIds: (await cities.byIds([3_448_439, 3_039_154, 1_850_147])).toSorted((a, b) => a.id - b.id),
    search: await cities.search({ q: "são", limit }),
    searchCountry: await cities.search({ q: "york", country: "US", limit }),
    nearby: await cities.nearby({ lat: 35.7, lon: 139.7, limit }),
    nearbyInRadius: await cities.nearby({ lat: 90, lon: 0, limit, radiusKm: 1_500 }),
    byPopulation: await cities.list({ order: "population", after: null, limit }),
    byName: await cities.list({ order: "name", after: { value: "østerbro", id: 5 }, limit }),
    byPopulationInCountry: await cities.list({ order: "population", country: "GL", after: null, limit }),
    byNameInCountry: await cities.list({ order: "name", country: "CH", after: null, limit }),
    countries: await countries.list(),
    country: await countries.byCode("CI"),
    countryStats: await countries.stats("IS"),
    countryStatsOfNobody: await countries.stats("??"),
    countryLargest: await countries.largest("ZW", limit),
  };
}

test("every statement returns the same as through unmodified Drizzle and postgres.js", async () => {
  const ours = await askAll(database.db);
  expect(ours).toStrictEqual(await askAll(drizzle(client)));
  expect(Object.entries(ours).filter(([, answer]) => Array.isArray(answer) && answer.length === 0)).toEqual([]);
});
