import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
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

/** A folder as drizzle-kit writes it, with one migration per statement. The first one dates from `when`. */
async function writeMigrations(statements: readonly string[], when = 1_700_000_000_000) {
  const folder = await mkdtemp(join(tmpdir(), "weir-migrations-"));
  await mkdir(join(folder, "meta"));
  const entries = statements.map((_, idx) => ({
    idx,
    version: "7",
    when: when + idx,
    tag: `${String(idx).padStart(4, "0")}_step`,
    breakpoints: true,
  }));
  await writeFile(join(folder, "meta/_journal.json"), JSON.stringify({ version: "7", dialect: "postgresql", entries }));
  for (const [index, statement] of statements.entries()) {
    await writeFile(join(folder, `${entries[index]?.tag ?? ""}.sql`), statement);
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const writePlatform = () =>
  writeMigrations([
    "create function shout(word text) returns text language sql immutable return upper(word);",
    "create table shelves (id int primary key, label text not null default shout('new'));",
    "create table books (id int primary key, shelf_id int references shelves);",
  ]);

const migrationCount = async (journal = "drizzle.__drizzle_migrations"): Promise<number | undefined> =>
  (await query<{ count: number }>(`select count(*)::int from ${journal}`))[0]?.count;

test("five nodes that start on an empty database at once migrate it once", async () => {
  await using platform = await writePlatform();
  await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(url, platform)));
  expect(await migrationCount()).toBe(3);
  const tables = await query("select tablename from pg_tables where schemaname = 'public' order by 1");
  expect(tables).toEqual([{ tablename: "books" }, { tablename: "shelves" }]);
});

test("a database that is up to date is left as it is", async () => {
  await using platform = await writePlatform();
  await migrateDatabase(url, platform);
  const before = await query("select oid, relname from pg_class order by oid");
  await migrateDatabase(url, platform);
  expect(await query("select oid, relname from pg_class order by oid")).toEqual(before);
});

test("a migration that fails leaves nothing behind, and the lock is free again", async () => {
  await using platform = await writePlatform();
  await query("create table books (id int)");
  await expect(migrateDatabase(url, platform)).rejects.toThrow("books");
  expect(await query("select 1 from pg_proc where proname = 'shout'")).toEqual([]);
  await query("drop table books");
  await migrateDatabase(url, platform);
});

test("a server that cannot be reached is DATABASE_UNAVAILABLE", async () => {
  await using platform = await writePlatform();
  await expect(migrateDatabase("postgres://weir@127.0.0.1:1/weir", platform)).rejects.toMatchObject({
    code: "DATABASE_UNAVAILABLE",
  });
});

test.each([
  { table: "notes_migrations", journal: "drizzle.notes_migrations" },
  { table: "notes.journal", journal: "notes.journal" },
])("a folder with a journal of its own ($table) is applied although its migrations are older", async (own) => {
  await using platform = await writePlatform();
  await using notes = await writeMigrations(["create table notes (id int);"], 1);
  await migrateDatabase(url, platform);
  const { folder } = notes;
  for (let run = 0; run < 2; run += 1) await migrateDatabase(url, { folder, table: own.table });
  expect(await migrationCount(own.journal)).toBe(1);
  expect(await migrationCount()).toBe(3);
  expect(await query("select * from notes")).toEqual([]);
});

test("a guest leaves the default journal to the application that owns the database, whichever comes first", async () => {
  await using app = await writeMigrations(["create table orders (id int primary key);"], 1_800_000_000_000);
  await using platform = await writePlatform();
  const asGuest = { folder: platform.folder, guestTable: "guest_migrations", isGuest: true };
  await migrateDatabase(url, asGuest);
  await migrateDatabase(url, { folder: app.folder });
  await migrateDatabase(url, asGuest);
  // Not as a guest any more: what was applied is found all the same.
  await migrateDatabase(url, { ...asGuest, isGuest: false });
  expect(await migrationCount()).toBe(1);
  expect(await migrationCount("drizzle.guest_migrations")).toBe(3);
});

test("migrations of another application, newer than ours, do not hide ours", async () => {
  await using app = await writeMigrations(["create table orders (id int primary key);"], 1_800_000_000_000);
  await using platform = await writePlatform();
  await migrateDatabase(url, { folder: app.folder });
  await migrateDatabase(url, { folder: platform.folder, guestTable: "guest_migrations" });
  expect(await query("select * from books")).toEqual([]);
  expect(await migrationCount("drizzle.guest_migrations")).toBe(3);
});

test("a guest finds the migrations that it applied before it was one", async () => {
  await using platform = await writePlatform();
  await migrateDatabase(url, { folder: platform.folder });
  await migrateDatabase(url, { folder: platform.folder, guestTable: "guest_migrations", isGuest: true });
  expect(await migrationCount()).toBe(3);
  expect(await query("select to_regclass('drizzle.guest_migrations') as journal")).toEqual([{ journal: null }]);
});
