import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, onTestFinished, test } from "vitest";
import { inspectMigrations, migrateDatabase } from ".";

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

type Step = { tag: string; sql: string };
const step = (index: number, sql: string): Step => ({ tag: `${String(index).padStart(4, "0")}_step`, sql });

/** A folder as drizzle-kit writes it. The first migration dates from `when`. */
async function writeFolder(steps: readonly Step[], when = 1_700_000_000_000): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "weir-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "meta"));
  await rewriteFolder(folder, steps, when);
  return folder;
}

async function rewriteFolder(folder: string, steps: readonly Step[], when = 1_700_000_000_000): Promise<void> {
  const entries = steps.map(({ tag }, idx) => ({ idx, version: "7", when: when + idx, tag, breakpoints: true }));
  await writeFile(join(folder, "meta/_journal.json"), JSON.stringify({ version: "7", dialect: "postgresql", entries }));
  for (const { tag, sql } of steps) await writeFile(join(folder, `${tag}.sql`), sql);
}

const shelves = [
  step(0, "create function shout(word text) returns text language sql immutable return upper(word);"),
  step(1, "create table shelves (id int primary key, label text not null default shout('new'));"),
  step(2, "create table books (id int primary key, shelf_id int references shelves);"),
];
const orders = step(0, "create table orders (id int primary key);");

const journalOf = async (journal = "weir.migrations"): Promise<string[]> =>
  (await query<{ name: string }>(`select name from ${journal} order by name`)).map(({ name: of }) => of);

/** Another application migrates with Drizzle's own migrator. */
async function migrateOther(folder: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await migrate(drizzle(sql), { migrationsFolder: folder });
  await sql.end();
}

/** A role without rights of its own that may sign in. */
async function createRole(): Promise<{ role: string; roleUrl: string }> {
  const role = `role_${randomBytes(6).toString("hex")}`;
  await admin`create role ${admin(role)} login password 'secret'`;
  onTestFinished(async () => {
    const last = postgres(inject("databaseUrl"), { max: 1, onnotice: () => undefined });
    await last`drop role if exists ${last(role)}`;
    await last.end();
  });
  const address = new URL(url);
  address.username = role;
  address.password = "secret";
  return { role, roleUrl: address.href };
}

test("five nodes that start on an empty database at once migrate it once", async () => {
  const folder = await writeFolder(shelves);
  await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(url, { folder })));
  expect(await journalOf()).toEqual(["0000_step", "0001_step", "0002_step"]);
  const tables = await query("select tablename from pg_tables where schemaname = 'public' order by 1");
  expect(tables).toEqual([{ tablename: "books" }, { tablename: "shelves" }]);
});

test("a database that is up to date is left as it is", async () => {
  const folder = await writeFolder(shelves);
  await migrateDatabase(url, { folder });
  const before = await query("select oid, relname from pg_class order by oid");
  expect(await migrateDatabase(url, { folder })).toMatchObject({ pending: [], changed: [], unknown: [] });
  expect(await query("select oid, relname from pg_class order by oid")).toEqual(before);
});

test("a migration that fails is named, leaves nothing behind, and the lock is free again", async () => {
  const folder = await writeFolder(shelves);
  await query("create table books (id int)");
  await expect(migrateDatabase(url, { folder })).rejects.toMatchObject({
    code: "MIGRATION_FAILED",
    message: expect.stringMatching(/0002_step: relation "books" already exists/),
  });
  expect(await query("select 1 from pg_proc where proname = 'shout'")).toEqual([]);
  expect(await query("select 1 from pg_namespace where nspname = 'weir'")).toEqual([]);
  await query("drop table books");
  await migrateDatabase(url, { folder });
});

test("a server that cannot be reached is DATABASE_UNAVAILABLE", async () => {
  const folder = await writeFolder(shelves);
  await expect(migrateDatabase("postgres://weir@127.0.0.1:1/weir", { folder })).rejects.toMatchObject({
    code: "DATABASE_UNAVAILABLE",
  });
});

test("folders with journals of their own do not hide each other's migrations", async () => {
  const platform = await writeFolder(shelves);
  const notes = await writeFolder([step(0, "create table notes (id int);")], 1);
  await migrateDatabase(url, { folder: platform });
  for (let run = 0; run < 2; run += 1) {
    await migrateDatabase(url, { folder: notes, journal: "weir.migrations_notes" });
  }
  expect(await journalOf("weir.migrations_notes")).toEqual(["0000_step"]);
  expect(await query("select * from notes")).toEqual([]);
});

test.each(["before", "after"])("does not interfere with an application that Drizzle migrates %s", async (when) => {
  const platform = await writeFolder(shelves);
  // Newer than ours where it comes first, older where it comes second: Drizzle compares with the newest row.
  const app = await writeFolder([orders], when === "before" ? 1_800_000_000_000 : 1);
  if (when === "before") await migrateOther(app);
  await migrateDatabase(url, { folder: platform });
  if (when === "after") await migrateOther(app);
  expect(
    await query("select (select count(*)::int from books) as books, (select count(*)::int from orders) as orders"),
  ).toEqual([{ books: 0, orders: 0 }]);
});

test("a migration that a merge brings late is applied, and named", async () => {
  const [first = orders, late = orders] = shelves;
  const last = { tag: "0002_step", sql: "create table early (id int);" };
  const folder = await writeFolder([first, last]);
  await migrateDatabase(url, { folder });
  await rewriteFolder(folder, [first, late, last]);
  const expected = { applied: ["0000_step", "0002_step"], pending: ["0001_step"], late: ["0001_step"] };
  expect(await inspectMigrations(url, { folder })).toMatchObject(expected);
  expect(await migrateDatabase(url, { folder })).toMatchObject(expected);
  expect(await query("select * from shelves")).toEqual([]);
});

test("a migration that was changed after it ran is refused with its name, and nothing is applied", async () => {
  const folder = await writeFolder(shelves);
  await migrateDatabase(url, { folder });
  const file = join(folder, "0001_step.sql");
  // Line ends are no change.
  await writeFile(file, (await readFile(file, "utf8")).replaceAll("\n", "\r\n"));
  expect(await migrateDatabase(url, { folder })).toMatchObject({ changed: [] });
  await rewriteFolder(folder, [
    ...shelves.map((one) => (one.tag === "0001_step" ? { ...one, sql: `${one.sql} -- better` } : one)),
    step(3, "create table more (id int);"),
  ]);
  await expect(migrateDatabase(url, { folder })).rejects.toMatchObject({
    code: "MIGRATION_CHANGED",
    message: expect.stringContaining("0001_step in weir.migrations."),
  });
  expect(await query("select to_regclass('more') as more")).toEqual([{ more: null }]);
});

test("migrations of a newer release do not stop an older one", async () => {
  const folder = await writeFolder(shelves);
  await migrateDatabase(url, { folder });
  await rewriteFolder(folder, shelves.slice(0, 2));
  expect(await migrateDatabase(url, { folder })).toMatchObject({ pending: [], unknown: ["0002_step"] });
});

test("an index is built concurrently, outside a transaction, while other nodes wait for it", async () => {
  const folder = await writeFolder([
    step(0, "create table books (id int, title text);"),
    step(1, "-- Read all the time.\ncreate index concurrently books_title on books (title);"),
    step(2, "create table after_it (id int);"),
  ]);
  await Promise.all(Array.from({ length: 3 }, () => migrateDatabase(url, { folder })));
  expect(await query("select indisvalid from pg_index where indexrelid = 'books_title'::regclass")).toEqual([
    { indisvalid: true },
  ]);
  expect(await journalOf()).toHaveLength(3);
});

test("an index that an interrupted run left invalid is rebuilt", async () => {
  const folder = await writeFolder([step(0, "create table books (id int, title text);")]);
  await migrateDatabase(url, { folder });
  await query("insert into books values (1, 'same'), (2, 'same')");
  const unique = "create unique index concurrently if not exists books_title on public.books (title);";
  await rewriteFolder(folder, [step(0, "create table books (id int, title text);"), step(1, unique)]);
  await expect(migrateDatabase(url, { folder })).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
  expect(await query("select indisvalid from pg_index where indexrelid = 'books_title'::regclass")).toEqual([
    { indisvalid: false },
  ]);
  await query("delete from books where id = 2");
  await migrateDatabase(url, { folder });
  expect(await query("select indisvalid from pg_index where indexrelid = 'books_title'::regclass")).toEqual([
    { indisvalid: true },
  ]);
});

test("CONCURRENTLY beside other statements is refused with the name of the migration", async () => {
  const mixed =
    "create table books (id int);--> statement-breakpoint\ncreate index concurrently books_id on books (id);";
  await expect(migrateDatabase(url, { folder: await writeFolder([step(0, mixed)]) })).rejects.toThrow(
    /0000_step: .*their own/,
  );
});

test("a role without the right to create schemas migrates where the schemas are there", async () => {
  const { role, roleUrl } = await createRole();
  const folder = await writeFolder([
    step(0, 'CREATE SCHEMA "shop";--> statement-breakpoint\ncreate table shop.orders (id int);'),
  ]);
  await query(`create schema weir authorization ${role}`);
  await query(`create schema shop authorization ${role}`);
  await migrateDatabase(roleUrl, { folder });
  expect(await query("select * from shop.orders")).toEqual([]);
  await query(`drop owned by ${role}`);
});

test("a role that may only read the journal starts on a migrated database", async () => {
  const { role, roleUrl } = await createRole();
  const folder = await writeFolder(shelves);
  await migrateDatabase(url, { folder });
  await query(`grant usage on schema weir to ${role}; grant select on weir.migrations to ${role}`);
  expect(await migrateDatabase(roleUrl, { folder })).toMatchObject({ pending: [] });
  await query(`drop owned by ${role}`);
});

test("extensions are found in whatever schema they are in", async () => {
  await query("create schema extensions; create extension pg_trgm schema extensions");
  const folder = await writeFolder([
    step(0, "create extension if not exists pg_trgm;"),
    step(1, "create table books (title text); create index on books using gin (title gin_trgm_ops);"),
  ]);
  await migrateDatabase(url, { folder });
  expect(await journalOf()).toHaveLength(2);
});

test("a role whose name is that of the new schema keeps finding the tables of other applications in public", async () => {
  const folder = await writeFolder([orders]);
  const [{ role } = { role: "" }] = await query<{ role: string }>("select current_user as role");
  await query("create table users (id int)");
  await migrateDatabase(url, { folder, journal: `${role}.migrations` });
  await query("create table later (id int)");
  expect(await query("select schemaname from pg_tables where tablename in ('orders', 'users', 'later')")).toEqual([
    { schemaname: "public" },
    { schemaname: "public" },
    { schemaname: "public" },
  ]);
});
