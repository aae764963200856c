import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { migrateDatabase } from "@weir/postgres";

let url: string;
let name: string;
let admin: postgres.Sql;
beforeEach(async () => {
  name = `test_${randomBytes(8).toString("hex")}`;
  admin = postgres(inject("databaseUrl"), { max: 1, onnotice: () => undefined });
  await admin`create database ${admin(name)}`;
  const address = new URL(inject("databaseUrl"));
  address.pathname = name;
  url = address.href;
});
afterEach(async () => {
  await admin`drop database ${admin(name)} with (force)`;
  await admin.end();
});

async function query<Row extends object>(text: string): Promise<Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return Array.from(await sql.unsafe<Row[]>(text));
  } finally {
    await sql.end();
  }
}

test("an empty database gets every migration and these tables", async () => {
  await migrateDatabase(url);
  // In drizzle-kit's format.
  const journal = JSON.parse(await readFile("drizzle/meta/_journal.json", "utf8")) as { entries: unknown[] };
  const [row] = await query<{ count: number }>("select count(*)::int from drizzle.__drizzle_migrations");
  expect(row?.count).toBe(journal.entries.length);
  const tables = await query<{ tablename: string }>(
    "select tablename from pg_tables where schemaname = 'public' order by 1",
  );
  expect(tables.map(({ tablename }) => tablename)).toEqual([
    "accounts",
    "audit_entries",
    "cache_outbox",
    "pinned_traces",
    "sessions",
    "sign_in_attempts",
    "statement_texts",
    "telemetry_slots",
    "users",
  ]);
});

test("a failed migration changes nothing", async () => {
  await query("create table users (id int)");
  await expect(migrateDatabase(url)).rejects.toThrow("users");
  expect(await query("select 1 from pg_tables where tablename = 'cache_outbox'")).toEqual([]);
  await query("drop table users");
  await migrateDatabase(url);
});
