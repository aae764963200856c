import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CityFound } from "./contract";
import { type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { fold } from "./fold";
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
const rank = { exact: 0, prefix: 1, substring: 2, similar: 3 };

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

test("the first city is the one that was meant, whatever stands between the words of its name", async () => {
  const meant: [text: string, name: string, countryCode: string][] = [
    ["saint denis", "Saint-Denis", "RE"],
    ["winston salem", "Winston-Salem", "US"],
    ["val dor", "Val-d'Or", "CA"],
    ["val d’or", "Val-d'Or", "CA"],
    ["st. louis", "St. Louis", "US"],
    ["st louis", "St. Louis", "US"],
    ["o fallon", "O'Fallon", "US"],
    ["o‘fallon", "O'Fallon", "US"],
    ["ofallon", "O'Fallon", "US"],
    ["coeur d alene", "Coeur d'Alene", "US"],
    ["COEUR D'ALENE", "Coeur d'Alene", "US"],
    ["l aquila", "L'Aquila", "IT"],
    ["xi'an", "Xi’an", "CN"],
    ["weissenfels", "Weißenfels", "DE"],
    ["naz\u0327arabad", "Naz̧arābād", "IR"],
    // A larger city begins with the text.
    ["mexico", "Mexico", "PH"],
  ];
  for (const [q, name, countryCode] of meant) {
    const found = await queries.search({ q, limit: 5 });
    expect(found[0], q).toMatchObject({ name: name.normalize("NFC"), countryCode, match: "exact" });
    expect((await queries.search({ q, country: countryCode, limit: 5 }))[0], q).toEqual(found[0]);
  }
});

test("of names that differ in their blanks only, the one with the blanks of the text comes first", async () => {
  for (const q of ["la paz", "lapaz", "san pedro", "sanpedro"]) {
    const found = (await queries.search({ q, limit: 50 })).filter(({ match }) => match === "exact");
    const isSpacedSo = found.map(({ name }) => fold(name).text === q);
    expect(isSpacedSo, q).toEqual(isSpacedSo.toSorted((a, b) => Number(b) - Number(a)));
  }
});

test("text of which nothing is left to search for finds nothing", async () => {
  for (const q of ["-", "’", ". . .", "\u0301", "—'"]) expect(await queries.search({ q, limit: 5 }), q).toEqual([]);
});

test("names, and every letter and separator of their scripts, are folded as in the browser", async () => {
  const cityNames = await database.db.execute<{ name: string; folded: string }>(
    sql`select name, search_name as folded from cities.cities`,
  );
  expect(cityNames.filter(({ name, folded }) => fold(name).text !== folded)).toEqual([]);

  const alphabet = new Set(Array.from(cityNames).flatMap(({ name }) => Array.from(name)));
  const ranges = [
    [0x20, 0x24f],
    [0x300, 0x4ff],
    [0x1e00, 0x1fff],
    [0x2010, 0x2027],
  ] as const;
  for (const [first, last] of ranges) {
    for (let code = first; code <= last; code += 1) {
      const char = String.fromCodePoint(code);
      if (/\p{L}|\p{M}|\p{Pd}|\p{Z}|[.'’]/u.test(char)) alphabet.add(char);
    }
  }
  const samples = Array.from(alphabet, (char) => [`a${char}b`, char, `${char}${char} a`]).flat();
  const folds = await database.db.execute<{ text: string; folded: string }>(sql`
    select text, cities.fold(text) as folded from unnest(array(select json_array_elements_text(${JSON.stringify(samples)}::json))) as text`);
  expect(folds.length).toBeGreaterThan(3_000);
  expect(folds.filter(({ text, folded }) => fold(text).text !== folded)).toEqual([]);
});

test("any text of these letters is folded as in the browser, and an origin is where its letter came from", async () => {
  const char = fc.constantFrom(...Array.from("aÉßłıİæÞøœđŊ ǣǯ-‐–'’ʻ`´.…\u0301\u0327\u00a0йё῾½ﬁ9"));
  const text = fc.string({ unit: char, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 20, maxLength: 40 }), async (texts) => {
      const rows = await database.db.execute<{ text: string; folded: string }>(sql`
        select text, cities.fold(text) as folded from unnest(array(select json_array_elements_text(${JSON.stringify(texts)}::json))) as text`);
      for (const row of rows) {
        const { text: folded, origins } = fold(row.text);
        expect(folded, JSON.stringify(row.text)).toBe(row.folded);
        expect(origins).toHaveLength(folded.length);
      }
    }),
    { numRuns: 30 },
  );
});

test("exact matches come before prefixes, those before substrings and similar names, each by population and ID", async () => {
  for (const q of ["san fran", "york", "burg", "orleans", "san", "new del"]) {
    const found = await queries.search({ q, limit: 50 });
    const sorted = found.toSorted(
      (a, b) =>
        rank[a.match] - rank[b.match] ||
        // The exact rule puts the blanks of the text before the population.
        (a.match === "exact" ? Number(fold(b.name).text === q) - Number(fold(a.name).text === q) : 0) ||
        b.population - a.population ||
        a.id - b.id,
    );
    expect(found, q).toEqual(sorted);
    expect(new Set(found.map(({ id }) => id)).size, q).toBe(found.length);
  }
  expect(new Set((await queries.search({ q: "orleans", limit: 50 })).map(({ match }) => match)).size).toBeGreaterThan(
    1,
  );
});

test("the rules but the last find exactly the names that are, begin with or contain the text", async () => {
  for (const [q, folded] of Object.entries({
    springfield: "springfield",
    "Sankt Gallen": "sankt gallen",
    ÅKER: "aker",
  })) {
    const expected = await database.db.execute<{ id: number; match: string }>(sql`
      select id, case when search_name = ${folded} then 'exact' when starts_with(search_name, ${folded}) then 'prefix'
        else 'substring' end as match
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
    sql.raw(`explain (analyze, format json) execute "${statement?.name ?? ""}" ('${q}', 5, 5, 5, 5, 5)`),
  );
  await single.close();
  return flat(row?.["QUERY PLAN"][0].Plan ?? { "Node Type": "none", "Actual Loops": 0 });
}

test("after many runs every rule uses its index, and a full page stops the remaining rules", async () => {
  const plan = await planAfterManyRuns("san");
  const scans = plan.filter((node) => node["Node Type"].includes("Index"));
  expect(scans.map((node) => [node["Index Name"], node["Actual Loops"]])).toEqual([
    ["cities_search_compact", 1],
    ["cities_search_name_pattern", 1],
    ["cities_search_name_trgm", 0],
    ["cities_search_name_trgm", 0],
  ]);
  expect(plan.some((node) => node["Node Type"] === "Seq Scan")).toBe(false);
});
