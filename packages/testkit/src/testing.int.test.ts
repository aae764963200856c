import { randomBytes } from "node:crypto";
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

test("databases made at the same time are migrated and independent of each other", async () => {
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

test("a template is filled once, on top of the migrations, and each database is a copy of it", async () => {
  let fills = 0;
  const template = {
    name: `template_${randomBytes(8).toString("hex")}`,
    fill: async (url: string): Promise<void> => {
      fills += 1;
      const sql = postgres(url, { max: 1 });
      await sql`create table public.notes as select generate_series(1, 300) as id`;
      await sql.end();
    },
  };
  await using first = await createTestDatabase({ template });
  await using second = await createTestDatabase({ template });
  await using bare = await createTestDatabase();
  expect(fills).toBe(1);
  expect([
    await count(first.url, "select 1 from public.notes"),
    await count(second.url, "select 1 from public.notes"),
  ]).toEqual([300, 300]);
  expect(await count(first.url, tables)).toBe((await count(bare.url, tables)) + 1);
});

test("a dropped database is gone, even while a client is connected to it", async () => {
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
