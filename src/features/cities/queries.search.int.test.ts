import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CityFound } from "./contract";
import { type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { createCityQueries, type CityQueries } from "./queries";
import { createCityDatabase } from "./test-cities";

let home: TestDatabase;
let database: Database;
let queries: CityQueries;
beforeAll(async () => {
  home = await createCityDatabase();
  database = createDatabase({ url: home.url, max: 2 });
  queries = createCityQueries(database.db);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

const names = (found: readonly CityFound[]): string[] => found.map(({ name }) => name);
const rank = { prefix: 1, substring: 2, similar: 3 };

test("a prefix without accents finds the city, largest first", async () => {
  const found = await queries.search({ q: "Sao Pau", limit: 10 });
  expect(found[0]).toMatchObject({ id: 3_448_439, name: "São Paulo", countryCode: "BR", match: "prefix" });
  expect(names(await queries.search({ q: "ZÜRICH", limit: 1 }))).toEqual(["Zürich"]);
});

test("a typo finds the intended city first", async () => {
  const meant = {
    "Sao Polo": "São Paulo",
    Londn: "London",
    Berln: "Berlin",
    Pariss: "Paris",
    "Buenos Ares": "Buenos Aires",
  };
  for (const [q, name] of Object.entries(meant)) {
    const found = await queries.search({ q, limit: 5 });
    expect(found.find(({ match }) => match === "similar")?.name, q).toBe(name);
  }
});

test("prefix matches come before substrings, those before similar names, each by population and ID", async () => {
  for (const q of ["san fran", "york", "burg", "orleans", "san", "new del"]) {
    const found = await queries.search({ q, limit: 50 });
    const sorted = found.toSorted(
      (a, b) => rank[a.match] - rank[b.match] || b.population - a.population || a.id - b.id,
    );
    expect(found, q).toEqual(sorted);
    expect(new Set(found.map(({ id }) => id)).size, q).toBe(found.length);
  }
  expect(new Set((await queries.search({ q: "orleans", limit: 50 })).map(({ match }) => match)).size).toBeGreaterThan(
    1,
  );
});

test("the first two rules find exactly the names that begin with or contain the text", async () => {
  for (const [q, folded] of Object.entries({
    springfield: "springfield",
    "Sankt Gallen": "sankt gallen",
    ÅKER: "aker",
  })) {
    const expected = await database.db.execute<{ id: number; match: string }>(sql`
      select id, case when starts_with(search_name, ${folded}) then 'prefix' else 'substring' end as match
      from cities.cities where position(${folded} in search_name) > 0`);
    const found = (await queries.search({ q, limit: 50 })).filter(({ match }) => match !== "similar");
    const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id;
    expect(found.map(({ id, match }) => ({ id, match })).toSorted(byId)).toEqual(Array.from(expected).toSorted(byId));
  }
});

test("LIKE wildcards match literally", async () => {
  for (const q of ["%", "_", "\\", "san%", "s_n", "%%%", "___", "\\\\\\", "a%b%c"]) {
    const found = await queries.search({ q, limit: 50 });
    expect(
      found.filter(({ match, name }) => match !== "similar" && !name.toLowerCase().includes(q)),
      q,
    ).toEqual([]);
  }
});

test("a country narrows the search", async () => {
  const found = await queries.search({ q: "paris", country: "US", limit: 50 });
  expect(found.length).toBeGreaterThan(5);
  expect(new Set(found.map(({ countryCode }) => countryCode))).toEqual(new Set(["US"]));
});

test("one and two letters match prefixes only", async () => {
  expect(names(await queries.search({ q: "x", limit: 1 }))).toEqual(["Xi’an"]);
  const found = await queries.search({ q: "oz", limit: 50 });
  expect(new Set(found.map(({ match }) => match))).toEqual(new Set(["prefix"]));
  expect(await queries.search({ q: "qx", limit: 50 })).toEqual([]);
});

test("text that no name can contain finds nothing", async () => {
  expect(await queries.search({ q: "nul\0", limit: 10 })).toEqual([]);
  expect(await queries.search({ q: "🦄🦄🦄", limit: 10 })).toEqual([]);
});

type Plan = { "Node Type": string; "Index Name"?: string; "Actual Loops": number; Plans?: Plan[] };
const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];

/** The statement's plan on a connection that has run it many times. */
async function planAfterManyRuns(q: string): Promise<Plan[]> {
  const single = createDatabase({ url: home.url, max: 1 });
  const own = createCityQueries(single.db);
  for (let run = 0; run < 12; run += 1) await own.search({ q: "warm up", limit: 5 });
  const [statement] = await single.db.execute<{ name: string; generic: number }>(sql`
    select name, generic_plans::int as generic from pg_prepared_statements
    where statement like '%as found%'`);
  expect(statement?.generic).toBeGreaterThan(0);
  const [row] = await single.db.execute<{ "QUERY PLAN": [{ Plan: Plan }] }>(
    sql.raw(`explain (analyze, format json) execute "${statement?.name ?? ""}" ('${q}', 5, 5, 5, 5)`),
  );
  await single.close();
  return flat(row?.["QUERY PLAN"][0].Plan ?? { "Node Type": "none", "Actual Loops": 0 });
}

test("after many runs every rule uses its index, and a full page stops the remaining rules", async () => {
  const plan = await planAfterManyRuns("san");
  const scans = plan.filter((node) => node["Node Type"].includes("Index"));
  expect(scans.map((node) => [node["Index Name"], node["Actual Loops"]])).toEqual([
    ["cities_search_name_pattern", 1],
    ["cities_search_name_trgm", 0],
    ["cities_search_name_trgm", 0],
  ]);
  expect(plan.some((node) => node["Node Type"] === "Seq Scan")).toBe(false);
});
