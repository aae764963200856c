import postgres from "postgres";
import { inject, expect, test } from "vitest";
import { createTestDatabase, testPrefix } from "./testing";

async function count(url: string, statement: string): Promise<number> {
  const sql = postgres(url, { max: 1 });
  try {
    const [row] = await sql.unsafe<{ count: number }[]>(`select count(*)::int as count from (${statement}) as rows`);
    return row?.count ?? 0;
  } finally {
    await sql.end();
  }
}

const tables = "select 1 from information_schema.tables where table_schema = 'public'";

test("databases made at the same time are migrated and strangers to each other", async () => {
  await using first = await createTestDatabase();
  await using second = await createTestDatabase();
  const [ours, theirs] = await Promise.all([count(first.url, tables), count(second.url, tables)]);
  expect(ours).toBeGreaterThan(0);
  expect(theirs).toBe(ours);
  const sql = postgres(first.url, { max: 1 });
  await sql`create table only_here ()`;
  await sql.end();
  expect(await count(second.url, tables)).toBe(ours);
});

test("a database with cities has all of them", async () => {
  await using database = await createTestDatabase({ cities: true });
  expect(await count(database.url, "select 1 from cities")).toBeGreaterThan(130_000);
});

test("a dropped database is gone, even while somebody is connected to it", async () => {
  const database = await createTestDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`select 1`;
  await database.drop();
  const name = new URL(database.url).pathname.slice(1);
  expect(await count(inject("databaseUrl"), `select 1 from pg_database where datname = '${name}'`)).toBe(0);
  await sql.end({ timeout: 1 });
});

test("a key prefix is new each time and can be one of the application", () => {
  const prefixes = Array.from({ length: 100 }, testPrefix);
  expect(new Set(prefixes).size).toBe(100);
  expect(prefixes.every((prefix) => /^[\w.-]{1,40}:$/.test(prefix))).toBe(true);
});
