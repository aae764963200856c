import { eq, sql } from "drizzle-orm";
import { bigint, boolean, integer, json, jsonb, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database, type Db, prepared } from ".";

/** A column of each kind that decodes in its own way. */
const samples = pgTable("samples", {
  id: integer("id").primaryKey(),
  name: text("name"),
  isTrue: boolean("is_true"),
  exact: numeric("exact"),
  exactNumber: numeric("exact_number", { mode: "number" }),
  exactBig: numeric("exact_big", { mode: "bigint" }),
  bigNumber: bigint("big_number", { mode: "number" }),
  big: bigint("big", { mode: "bigint" }),
  at: timestamp("at", { withTimezone: true }),
  atText: timestamp("at_text", { mode: "string" }),
  plainJson: json("plain_json"),
  binaryJson: jsonb("binary_json"),
  texts: text("texts").array(),
  numbers: integer("numbers").array(),
  parentId: integer("parent_id"),
});

let home: TestDatabase;
let database: Database;
let client: postgres.Sql;
/** Drizzle as it comes, over postgres.js as it comes. */
let reference: Db;
beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url, max: 2 });
  client = postgres(home.url, { max: 2 });
  reference = drizzle(client);
  await client.unsafe(`
    create table samples (id int primary key, name text, is_true boolean, exact numeric, exact_number numeric,
      exact_big numeric, big_number bigint, big bigint, at timestamptz, at_text timestamp, plain_json json,
      binary_json jsonb, texts text[], numbers int[], parent_id int);
    insert into samples (id) values (1);
    insert into samples values (2, '北京 "é" \\ 𝄞 ' || chr(9), true, 12345678901234567890.123450, 1.50, 9007199254740993,
      9007199254740991, -9223372036854775808, '2024-02-29 12:34:56.789+02', '2024-02-29 12:34:56.789123',
      '{"a": [1, null, "ü"]}', '[{"b": 1e3}, null]', array['a', 'NULL', '', 'x,"y"\\z'], array[1, -3], 1);
    insert into samples (id, name, is_true, exact, plain_json, binary_json, texts, numbers, parent_id)
      values (3, '', false, 'NaN', 'null', '"text"', '{}', '{}', 2);`);
});
afterAll(async () => {
  await database.close();
  await client.end();
  await home.drop();
});

const statements = {
  "every kind of column": (on) => on.select().from(samples).orderBy(samples.id).prepare("all"),
  "nothing found": (on) =>
    on
      .select()
      .from(samples)
      .where(eq(samples.id, sql.placeholder("id")))
      .prepare("none"),
  "expressions, with and without a name and a decoder": (on) =>
    on
      .select({
        plain: sql<string>`upper(${samples.name})`,
        named: sql<number>`${samples.id} + 1`.as("named"),
        decoded: sql`count(*) over ()`.mapWith(Number),
        byColumn: sql`${samples.at} + interval '1 day'`.mapWith(samples.at),
        nothing: sql<null>`null`,
      })
      .from(samples)
      .orderBy(samples.id)
      .prepare("expressions"),
  "columns of a subquery": (on) => {
    const inner = on
      .select({ id: samples.id, at: samples.at, twice: sql<number>`id * 2`.as("twice") })
      .from(samples)
      .as("inner");
    return on.select({ id: inner.id, at: inner.at, twice: inner.twice }).from(inner).orderBy(inner.id).prepare("sub");
  },
  "flat columns of a join": (on) => {
    const parents = on.select({ id: samples.id, name: samples.name }).from(samples).as("parents");
    return on
      .select({ id: samples.id, parentName: parents.name })
      .from(samples)
      .leftJoin(parents, eq(parents.id, samples.parentId))
      .orderBy(samples.id)
      .prepare("join");
  },
  "nested columns of a join that finds nothing for some": (on) => {
    const parents = on.select({ id: samples.id, name: samples.name }).from(samples).as("parents");
    return on
      .select({ child: { id: samples.id, at: samples.at }, parent: { id: parents.id, name: parents.name } })
      .from(samples)
      .leftJoin(parents, eq(parents.id, samples.parentId))
      .orderBy(samples.id)
      .prepare("nested");
  },
  "what a change returns": (on) =>
    on
      .update(samples)
      .set({ name: "changed", big: 7n })
      .where(eq(samples.id, sql.placeholder("changed")))
      .returning()
      .prepare("change"),
} satisfies Record<string, (on: Db) => { execute: (values?: Record<string, unknown>) => Promise<unknown[]> }>;

test.each(Object.entries(statements))("rows are those that Drizzle makes: %s", async (_name, prepare) => {
  const values = { id: 99, changed: 1 };
  const rows = await prepare(database.db).execute(values);
  expect(rows).toStrictEqual(await prepare(reference).execute(values));
});

test("what goes in comes out, as with Drizzle", async () => {
  const row = {
    id: 10,
    name: "São Paulo",
    isTrue: false,
    exact: "0.10",
    exactNumber: 0.5,
    exactBig: 123_456_789_012_345_678_901n,
    bigNumber: -7,
    big: 2n ** 62n,
    at: new Date("2024-02-29T10:34:56.789Z"),
    atText: "2024-02-29 12:34:56.789",
    plainJson: { deep: [1, { two: null }] },
    binaryJson: ["ü"],
    texts: ["a", 'b"\\c', ""],
    numbers: [3, 1, 2],
    parentId: null,
  };
  const add = prepared(database.db, "test.add", (on) =>
    on
      .insert(samples)
      .values({ ...row, at: sql.placeholder("at") })
      .returning(),
  );
  expect(await add.execute({ at: row.at })).toStrictEqual([row]);
  expect(await reference.select().from(samples).where(eq(samples.id, 10))).toStrictEqual([row]);
});

test("a placeholder without a value fails its caller, and nothing is sent", async () => {
  const ask = statements["nothing found"](database.db);
  await expect(ask.execute({})).rejects.toThrow('"id"');
  expect(database.stats()).toMatchObject({ inUse: 0 });
});
