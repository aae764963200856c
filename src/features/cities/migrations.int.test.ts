import { readFile } from "node:fs/promises";
import postgres from "postgres";
import { expect, test } from "vitest";
import { createTestDatabase } from "@weir/testkit/testing";
import { migrateAll } from "@/server/migrations";
import { server } from "./server";

const features = { cities: server };

test("names are folded to lower case without accents, with a blank for punctuation", async () => {
  await using database = await createTestDatabase();
  await migrateAll(database.url, features);
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  const rows = await sql`
    select cities.fold(name) as folded from unnest(array['São Paulo', 'Łódź', 'ÅRHUS', 'Straße', 'x', 'Val-d''Or', '‘Ali.  B', '-']) as name`;
  await sql.end();
  expect(rows.map(({ folded }) => folded as string)).toEqual([
    "sao paulo",
    "lodz",
    "arhus",
    "strasse",
    "x",
    "val d or",
    "ali b",
    "",
  ]);
});

test.each(["with its journal", "older than its journal"])(
  "an earlier installation %s moves with its rows, and has the schema of a new one",
  async (age) => {
    await using former = await createTestDatabase();
    await using fresh = await createTestDatabase();
    const sql = postgres(former.url, { max: 1, onnotice: () => undefined });
    const other = postgres(fresh.url, { max: 1, onnotice: () => undefined });
    const shape = async (on: postgres.Sql): Promise<unknown> =>
      Array.from(
        await on`
          select indexdef as part from pg_indexes where schemaname = 'cities'
          union all select conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'cities'::regnamespace and contype <> 'n'
          union all select pg_get_functiondef(oid) from pg_proc where pronamespace = 'cities'::regnamespace
          union all select attrelid::regclass || attname || format_type(atttypid, atttypmod) || coalesce(pg_get_expr(adbin, adrelid), '')
            from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
            join pg_class c on c.oid = attrelid where relnamespace = 'cities'::regnamespace and relkind = 'r' and attnum > 0
          order by 1`,
      );
    try {
      await sql.unsafe(await readFile(new URL("test-former-tables.sql", import.meta.url), "utf8"));
      if (age !== "with its journal") await sql`drop table drizzle.__drizzle_migrations_cities`;
      await sql`insert into countries (code, name) values ('TR', 'Türkiye')`;
      await sql`insert into cities (id, name, country_code, region_code, population, lat, lon)
        values (311046, 'İzmir', 'TR', '35', 2500603, 38.41273, 27.13838)`;
      await sql`create table users (id int)`;
      await migrateAll(former.url, features);
      await migrateAll(fresh.url, features);
      expect(await sql`select name, search_name from cities.cities`).toMatchObject([
        { name: "İzmir", search_name: "izmir" },
      ]);
      expect(await sql`select tablename from pg_tables where schemaname = 'public'`).toMatchObject([
        { tablename: "users" },
      ]);
      expect(await shape(sql)).toEqual(await shape(other));
    } finally {
      await Promise.all([sql.end(), other.end()]);
    }
  },
);

test("a schema cities of another application is refused, and left as it is", async () => {
  await using database = await createTestDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  await sql.unsafe("create schema cities; create table cities.countries (id int)");
  await expect(migrateAll(database.url, features)).rejects.toThrow(/schema cities belongs to another application/);
  expect(await sql`select from pg_proc where pronamespace = 'cities'::regnamespace`).toHaveLength(0);
  await sql.end();
});

test("a table named cities of another application stays where it is", async () => {
  await using database = await createTestDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  await sql`create table cities (id int, name text)`;
  await migrateAll(database.url, features);
  expect(await sql`select schemaname from pg_tables where tablename = 'cities' order by 1`).toMatchObject([
    { schemaname: "cities" },
    { schemaname: "public" },
  ]);
  await sql.end();
});
