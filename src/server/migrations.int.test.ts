import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import postgres from "postgres";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { migrateDatabase } from "@weir/postgres";
import { notesFeatures } from "@/dev/notes/test-notes";
import { migrateAll, prepareTables } from "./migrations";

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

const ours = [
  "accounts",
  "audit_entries",
  "cache_outbox",
  "migrations",
  "pinned_traces",
  "sessions",
  "sign_in_attempts",
  "statement_texts",
  "telemetry_slots",
  "users",
];

const tablesIn = async (schema: string): Promise<string[]> =>
  (
    await query<{ name: string }>(`select tablename as name from pg_tables where schemaname = '${schema}' order by 1`)
  ).map(({ name: of }) => of);

/** A database as releases before the schema weir left it, with a row in each kind of table. */
async function makeFormer(): Promise<void> {
  await query(await readFile(new URL("test-former-tables.sql", import.meta.url), "utf8"));
  await query(`insert into users (id, email, name, role) values ('ada', 'ada@example.com', 'Ada', 'admin');
    insert into sessions (id, user_id, token, expires_at) values ('one', 'ada', 'hash', now() + interval '1 day');
    insert into audit_entries (action, actor_label) values ('first', 'Ada');
    insert into cache_outbox (tags) values ('{waiting}');`);
}

test("an empty database gets every migration, and these tables in a schema of their own", async () => {
  await migrateDatabase(url);
  // In drizzle-kit's format.
  const { entries } = JSON.parse(await readFile("drizzle/meta/_journal.json", "utf8")) as {
    entries: { tag: string }[];
  };
  const applied = await query<{ name: string }>("select name from weir.migrations order by name");
  expect(applied.map(({ name: of }) => of)).toEqual(entries.map(({ tag }) => tag));
  expect(await tablesIn("weir")).toEqual(ours);
  expect(await tablesIn("public")).toEqual([]);
  await query("select weir.invalidate('{book:1}')");
  expect(await query("select tags from weir.cache_outbox")).toEqual([{ tags: ["book:1"] }]);
});

test("another application's tables with the same names do not interfere", async () => {
  const theirs = ["users", "accounts", "sessions", "migrations", "cities", "countries"];
  for (const table of theirs) await query(`create table ${table} (id int)`);
  await migrateAll(url, notesFeatures);
  expect(await tablesIn("weir")).toEqual([...ours.slice(0, 4), "migrations_notes", ...ours.slice(4)]);
  expect(await tablesIn("notes")).toEqual(["folders", "notes"]);
  expect(await tablesIn("public")).toEqual(theirs.toSorted());
});

test("a failed migration changes nothing", async () => {
  await query("create schema weir; create view weir.users_email_unique as select 1");
  await expect(migrateDatabase(url)).rejects.toThrow(/0001_tables: .*users/);
  expect(await tablesIn("weir")).toEqual([]);
  await query("drop view weir.users_email_unique");
  await migrateDatabase(url);
});

test("a schema weir of another application is refused with the name of the table in the way", async () => {
  await query("create schema weir; create table weir.sessions (id int)");
  await expect(migrateDatabase(url)).rejects.toThrow(/schema weir has a table sessions already/);
  expect(await tablesIn("weir")).toEqual(["sessions"]);
});

test("an earlier installation moves once, with its rows, rights, triggers and sequences", async () => {
  await makeFormer();
  const role = `writer_${randomBytes(4).toString("hex")}`;
  await query(`create role ${role}; grant insert on cache_outbox to ${role}`);
  try {
    await Promise.all(Array.from({ length: 3 }, () => migrateDatabase(url)));
    expect(await tablesIn("weir")).toEqual(ours);
    expect(await tablesIn("public")).toEqual([]);
    expect(await query("select u.name, s.id from weir.users u join weir.sessions s on s.user_id = u.id")).toEqual([
      { name: "Ada", id: "one" },
    ]);
    await query("insert into weir.audit_entries (action, actor_label) values ('second', 'Ada')");
    expect(await query("select id::int, action from weir.audit_entries order by id")).toEqual([
      { id: 1, action: "first" },
      { id: 2, action: "second" },
    ]);
    await expect(query("delete from weir.audit_entries")).rejects.toThrow(/append-only/);
    expect(await query("select weir.take_attempt('{a}', '{1}', '{1000}', 'x')::int as wait")).toEqual([{ wait: 0 }]);
    // A writer that knows nothing of the move.
    await query(`set role ${role}; select weir_invalidate('{from:outside}')`);
    expect(await query("select tags from weir.cache_outbox order by id")).toEqual([
      { tags: ["waiting"] },
      { tags: ["from:outside"] },
    ]);
    const functions = await query(
      "select proname as name from pg_proc where pronamespace = 'public'::regnamespace and proname like 'weir%'",
    );
    expect(functions).toEqual([{ name: "weir_invalidate" }]);
    // A node of an earlier release finds its migrations applied, and makes no tables again.
    expect(await query("select count(*)::int from drizzle.__drizzle_migrations_weir")).toEqual([{ count: 6 }]);
    expect(await query("select to_regclass('drizzle.__drizzle_migrations') as journal")).toEqual([{ journal: null }]);
  } finally {
    await query(`drop owned by ${role}; drop role ${role}`);
  }
});

test("an earlier installation has the same schema as a new one after it moved", async () => {
  const shape = async (): Promise<unknown> => [
    await query(`select table_name, column_name, data_type, collation_name, is_nullable, column_default, is_identity
      from information_schema.columns where table_schema = 'weir' order by 1, 2`),
    await query("select tablename, indexdef from pg_indexes where schemaname = 'weir' order by 1, 2"),
    await query(`select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'weir'::regnamespace and contype <> 'n' order by 1, 2`),
    await query(
      `select proname, pg_get_functiondef(oid) from pg_proc where pronamespace = 'weir'::regnamespace order by 1`,
    ),
    await query(`select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1`),
    await query(`select relname, attname, attstorage from pg_attribute a join pg_class c on c.oid = attrelid
      where relnamespace = 'weir'::regnamespace and relkind = 'r' and attnum > 0 order by 1, 2`),
  ];
  await makeFormer();
  await migrateDatabase(url);
  const moved = await shape();
  await query("drop schema weir cascade; drop schema drizzle cascade; drop function if exists weir_invalidate(text[])");
  await migrateDatabase(url);
  expect(moved).toEqual(await shape());
});

test("a guest leaves the application's outbox and journal, and takes over what is written through weir_invalidate", async () => {
  await makeFormer();
  await query(`alter table drizzle.__drizzle_migrations rename to __drizzle_migrations_weir;
    create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
    insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 1700000000000)`);
  await migrateDatabase(url);
  expect(await tablesIn("public")).toEqual(["cache_outbox"]);
  expect(await tablesIn("weir")).toEqual(ours);
  await query("select weir_invalidate('{later}')");
  expect(await query("select tags from weir.cache_outbox order by id")).toEqual([
    { tags: ["waiting"] },
    { tags: ["later"] },
  ]);
  expect(await query("select tags from public.cache_outbox")).toEqual([{ tags: ["waiting"] }]);
  expect(await query("select hash from drizzle.__drizzle_migrations")).toEqual([{ hash: "theirs" }]);
});

test("a table of another application with one of these names stops the move, and nothing is moved", async () => {
  await makeFormer();
  await query("alter table users rename to former_users; create table users (id int)");
  await expect(migrateDatabase(url)).rejects.toThrow(
    /0000_move_former_tables: The table public\.users .* is not the one/,
  );
  expect(await tablesIn("public")).toContain("sessions");
});

test("MIGRATE=check applies nothing and lists pending migrations; MIGRATE=off skips the check", async () => {
  await expect(prepareTables(url, notesFeatures, "check")).rejects.toMatchObject({
    code: "MIGRATION_PENDING",
    message: expect.stringContaining(
      "platform/0000_move_former_tables, platform/0001_tables, platform/0002_touch, platform/0003_attempts_in_order, notes/0000_notes.",
    ),
  });
  expect(await prepareTables(url, notesFeatures, "off")).toEqual([]);
  expect(await query("select from pg_namespace where nspname = 'weir'")).toEqual([]);
  await prepareTables(url, notesFeatures, "auto");
  expect((await prepareTables(url, notesFeatures, "check")).map(({ owner }) => owner)).toEqual(["platform", "notes"]);
});
