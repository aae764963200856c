import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { type CityQueries, createCityQueries } from "./queries";
import { createCityDatabase } from "./test-cities";

type Place = { id: number; lat: number; lon: number };

let home: TestDatabase;
let database: Database;
let queries: CityQueries;
let places: readonly Place[];
beforeAll(async () => {
  home = await createCityDatabase();
  database = createDatabase({ url: home.url, max: 2 });
  queries = createCityQueries(database.db);
  places = await database.db.execute<Place>(sql`select id, lat, lon from cities.cities`);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance by the haversine formula. */
function haversineKm(a: Omit<Place, "id">, b: Omit<Place, "id">): number {
  const half = (from: number, to: number): number => Math.sin(radians(to - from) / 2) ** 2;
  const h = half(a.lat, b.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(a.lon, b.lon);
  return 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(h)));
}

const anywhere = fc.record({
  lat: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 0, 89.999)),
  lon: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(-180, 180, 179.999, -179.999, 0)),
});

test("finds the nearest cities, including at the poles and across the date line", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      anywhere,
      fc.integer({ min: 1, max: 50 }),
      fc.option(fc.double({ min: 0, minExcluded: true, max: 20_038, noNaN: true }), { nil: undefined }),
      async (point, limit, radiusKm) => {
        const expected = places
          .map((place) => haversineKm(point, place))
          .filter((distanceKm) => radiusKm === undefined || distanceKm <= radiusKm)
          .toSorted((a, b) => a - b)
          .slice(0, limit);
        const found = await queries.nearby({ ...point, limit, radiusKm });
        expect(found.map(({ distanceKm }) => distanceKm)).toEqual(expected.map((km) => expect.closeTo(km, 5)));
        for (const city of found) expect(city.distanceKm).toBeCloseTo(haversineKm(point, city), 5);
      },
    ),
    { numRuns: 60 },
  );
});

test("both sides of the date line are neighbors", async () => {
  const east = await queries.nearby({ lat: -16.8, lon: 179.99, limit: 10 });
  const west = await queries.nearby({ lat: -16.8, lon: -179.99, limit: 10 });
  expect(west.map(({ id }) => id)).toEqual(east.map(({ id }) => id));
});

test("a city is its own nearest, at distance zero", async () => {
  const paris = await queries.byId(2_988_507);
  const [first] = await queries.nearby({ lat: paris?.lat ?? 0, lon: paris?.lon ?? 0, limit: 1 });
  expect(first).toEqual({ ...paris, distanceKm: 0 });
});

test("a radius without any city finds nothing", async () => {
  expect(await queries.nearby({ lat: -48.9, lon: -123.4, limit: 10, radiusKm: 100 })).toEqual([]);
});

test("reads a handful of index pages, even for a small radius", async () => {
  const single = createDatabase({ url: home.url, max: 1 });
  const own = createCityQueries(single.db);
  for (let run = 0; run < 12; run += 1) await own.nearby({ lat: run, lon: run, limit: 10 });
  const [statement] = await single.db.execute<{ name: string }>(sql`
    select name from pg_prepared_statements where statement like '%cities.chord(%'`);
  const rows = await single.db.execute<{ "QUERY PLAN": string }>(
    sql.raw(`explain (analyze, costs off, timing off) execute "${statement?.name ?? ""}" (-48.9, -123.4, 10, 1)`),
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("Index Scan using cities_position on cities (actual rows=10");
  await single.close();
});
