import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { migrateDatabase } from ".";

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

const migrationCount = async (): Promise<number> => {
  // As drizzle-kit writes it.
  const journal = JSON.parse(await readFile("drizzle/meta/_journal.json", "utf8")) as { entries: unknown[] };
  return journal.entries.length;
};

test("five nodes that start on an empty database at once migrate it once", async () => {
  await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(url)));
  const [row] = await query<{ count: number }>("select count(*)::int from drizzle.__drizzle_migrations");
  expect(row?.count).toBe(await migrationCount());
  const tables = await query<{ tablename: string }>(
    "select tablename from pg_tables where schemaname = 'public' order by 1",
  );
  expect(tables.map(({ tablename }) => tablename)).toEqual([
    "accounts",
    "audit_entries",
    "cache_outbox",
    "cities",
    "countries",
    "imports",
    "pinned_traces",
    "sessions",
    "sign_in_attempts",
    "statement_texts",
    "telemetry_slots",
    "users",
  ]);
});

test("a database that is up to date is left as it is", async () => {
  await migrateDatabase(url);
  const before = await query("select oid, relname from pg_class order by oid");
  await migrateDatabase(url);
  expect(await query("select oid, relname from pg_class order by oid")).toEqual(before);
});

test("a migration that fails leaves nothing behind, and the lock is free again", async () => {
  await query("create table cache_outbox (id int)");
  await expect(migrateDatabase(url)).rejects.toThrow("cache_outbox");
  expect(await query("select 1 from pg_proc where proname = 'weir_fold'")).toEqual([]);
  await query("drop table cache_outbox");
  await migrateDatabase(url);
});

test("a server that is not there is DATABASE_UNAVAILABLE", async () => {
  await expect(migrateDatabase("postgres://weir@127.0.0.1:1/weir")).rejects.toMatchObject({
    code: "DATABASE_UNAVAILABLE",
  });
});

test("names are folded to lower case without accents", async () => {
  await migrateDatabase(url);
  const rows = await query<{ folded: string }>(
    "select weir_fold(name) as folded from unnest(array['São Paulo', 'Łódź', 'ÅRHUS', 'Straße', 'x']) as name",
  );
  expect(rows.map(({ folded }) => folded)).toEqual(["sao paulo", "lodz", "arhus", "strasse", "x"]);
});

/** A folder with one migration, as drizzle-kit writes it. `when` is its time. */
async function writeMigration(statement: string, when: number) {
  const folder = await mkdtemp(join(tmpdir(), "weir-migrations-"));
  await mkdir(join(folder, "meta"));
  const entry = { idx: 0, version: "7", when, tag: "0000_first", breakpoints: true };
  const journal = { version: "7", dialect: "postgresql", entries: [entry] };
  await writeFile(join(folder, "meta/_journal.json"), JSON.stringify(journal));
  await writeFile(join(folder, "0000_first.sql"), statement);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test.each([
  { table: "notes_migrations", journal: "drizzle.notes_migrations" },
  { table: "notes.journal", journal: "notes.journal" },
])("a folder with a journal of its own ($table) is applied although its migrations are older", async (own) => {
  await using notes = await writeMigration("create table notes (id int)", 1);
  await migrateDatabase(url);
  const { folder } = notes;
  for (let run = 0; run < 2; run += 1) await migrateDatabase(url, { folder, table: own.table });
  expect(await query(`select count(*)::int from ${own.journal}`)).toEqual([{ count: 1 }]);
  const [row] = await query<{ count: number }>("select count(*)::int from drizzle.__drizzle_migrations");
  expect(row?.count).toBe(await migrationCount());
  expect(await query("select * from notes")).toEqual([]);
});
