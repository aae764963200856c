import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { migrateAll } from "@/server/migrations";
import { importCities } from "./import";
import { server } from "./server";

const cityCount = 135_233;

// Each test continues from the previous one: a killed import, one that succeeds, then repeats.
let home: TestDatabase;
let one: Database;
let two: Database;
beforeAll(async () => {
  home = await createTestDatabase();
  await migrateAll(home.url, { cities: server });
  one = createDatabase({ url: home.url, max: 2, applicationName: "weir import" });
  two = createDatabase({ url: home.url, max: 2 });
});
afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
  await home.drop();
});

async function figures(): Promise<unknown> {
  const [row] = await two.db.execute(sql`
    select (select count(*)::int from cities.cities) as cities, (select count(*)::int from cities.countries) as countries,
      (select count(*)::int from cities.imports) as imports, (select count(*)::int from cities.cities where version > 1) as changed,
      (select count(*)::int from pg_index where indrelid = 'cities.cities'::regclass and indisvalid) as indexes,
      (select count(*)::int from pg_constraint where conrelid = 'cities.cities'::regclass and contype = 'f') as keys`);
  return row;
}

const complete = { cities: cityCount, countries: 246, imports: 1, changed: 0, indexes: 9, keys: 1 };

test("an import that is killed midway changes nothing", { timeout: 60_000 }, async () => {
  let kill: Promise<unknown> = Promise.resolve();
  const killed = importCities(one, {
    onProgress: (done, total) => {
      if (done < total / 2 || done === total) return;
      kill = two.db
        .execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'weir import'`)
        .then(() => undefined);
    },
  });
  await expect(killed).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  await kill;
  expect(await figures()).toEqual({ ...complete, cities: 0, countries: 0, imports: 0 });
});

test("of two concurrent imports one runs and the other skips", { timeout: 60_000 }, async () => {
  const progress: number[] = [];
  const onProgress = (done: number, total: number): void => {
    expect(total).toBe(cityCount);
    progress.push(done);
  };
  const results = await Promise.all([importCities(one, { onProgress }), importCities(two, { onProgress })]);
  const counts = results.map(({ imported, skipped }) => ({ imported, skipped }));
  expect(counts).toContainEqual({ imported: cityCount, skipped: false });
  expect(counts).toContainEqual({ imported: 0, skipped: true });
  expect(progress.toSorted((a, b) => a - b)).toEqual(progress);
  expect(progress.at(-1)).toBe(cityCount);
  expect(await figures()).toEqual(complete);
});

test("the imported data match GeoNames", async () => {
  const rows = await two.db.execute(sql`
    select name, country_code, region_code, population, lat, lon, search_name from cities.cities where id = 3448439`);
  const place = { country_code: "BR", region_code: "27", population: 10_021_295, lat: -23.5475, lon: -46.63611 };
  expect(Array.from(rows)).toEqual([{ name: "São Paulo", search_name: "sao paulo", ...place }]);
  const names = await two.db.execute(sql`select name from cities.countries where code in ('BR', 'CI') order by code`);
  expect(names.map(({ name }) => name)).toEqual(["Brazil", "Côte d’Ivoire"]);
});

test("a repeated import skips", async () => {
  expect(await importCities(one)).toMatchObject({ imported: 0, skipped: true });
});

test(
  "a forced import gives a new version only to cities that differ from the source",
  { timeout: 60_000 },
  async () => {
    await two.db.execute(sql`update cities.cities set name = 'Sao Paolo', version = 5 where id = 3448439`);
    await two.db.execute(sql`delete from cities.cities where id = 3039154`);
    expect(await importCities(one, { force: true })).toMatchObject({ imported: cityCount, skipped: false });
    expect(await figures()).toEqual({ ...complete, changed: 1 });
    const rows = await two.db.execute(
      sql`select name, version from cities.cities where id in (3448439, 3039154) order by id`,
    );
    expect(Array.from(rows)).toEqual([
      { name: "El Tarter", version: 1 },
      { name: "São Paulo", version: 6 },
    ]);
  },
);
