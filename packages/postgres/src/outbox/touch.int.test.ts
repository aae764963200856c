import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, createOutbox, type Database, type Outbox } from "..";
import { platformOutbox } from "../schema";
import { dropTouchTriggerSql, findTouchProblems, readTouchTriggers, type TouchTrigger, touchTriggerSql } from "./touch";

// The owner makes the tables; the writer may write them, and has no rights on the schema weir.
let home: TestDatabase;
let database: Database;
let outbox: Outbox;
let owner: postgres.Sql;
let writer: postgres.Sql;
const role = `writer_${randomBytes(4).toString("hex")}`;

beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url, max: 3 });
  outbox = createOutbox(database, platformOutbox);
  owner = postgres(home.url, { max: 1, onnotice: () => undefined });
  await owner.unsafe(`create role ${role} login password 'secret'; create schema shop; grant usage on schema shop to ${role};
    alter default privileges in schema shop grant all on tables to ${role};
    create table shop.orders (id bigint primary key, status text, placed date, at timestamptz, ref uuid, paid boolean, code char(4));`);
  const url = new URL(home.url);
  url.username = role;
  url.password = "secret";
  // Its session writes everything in another form than Weir's.
  writer = postgres(url.href, {
    max: 1,
    onnotice: () => undefined,
    connection: { DateStyle: "German", TimeZone: "Asia/Tokyo", search_path: "shop" },
  });
});
afterEach(async () => {
  await owner`delete from weir.cache_outbox`;
  await owner.unsafe("truncate shop.orders");
  await owner`delete from weir.cache_outbox`;
});
afterAll(async () => {
  await writer.end();
  await owner.end();
  await database.close();
  await home.drop();
  const admin = postgres(inject("databaseUrl"), { max: 1 });
  await admin.unsafe(`drop role ${role}`);
  await admin.end();
});

const orders: TouchTrigger = {
  schema: "shop",
  table: "orders",
  family: "order",
  tags: [
    { family: "order", columns: ["id"] },
    { family: "order-status", columns: ["status"] },
    { family: "order-list", member: "all" },
  ],
};

/** The tags that a statement leaves in the outbox, sorted, and the number of rows. */
async function tagsOf(write: () => Promise<unknown>): Promise<string[]> {
  await owner`delete from weir.cache_outbox`;
  await write();
  return (await outbox.pending(100)).flatMap(({ tags }) => tags).toSorted();
}
const says = (text: string) => tagsOf(() => writer.unsafe(text));

test("every kind of write leaves the tags of the rows before and after it", async () => {
  await owner.unsafe(touchTriggerSql(orders));
  expect(await says("insert into orders (id, status) values (1, 'new'), (2, 'new')")).toEqual([
    "order-list:all",
    "order-status:new",
    "order:1",
    "order:2",
  ]);
  expect(await says("update orders set status = 'paid' where id = 1")).toEqual([
    "order-list:all",
    "order-status:new",
    "order-status:paid",
    "order:1",
  ]);
  expect(await says("update orders set id = 9 where id = 1")).toEqual([
    "order-list:all",
    "order-status:paid",
    "order:1",
    "order:9",
  ]);
  expect(await says("insert into orders (id) values (9) on conflict (id) do update set status = null")).toEqual([
    "order-list:all",
    "order-status:null",
    "order-status:paid",
    "order:9",
  ]);
  expect(
    await says(`merge into orders using (values (9), (10)) as v (id) on v.id = orders.id
      when matched then delete when not matched then insert (id, status) values (v.id, 'new')`),
  ).toEqual(["order-list:all", "order-list:all", "order-status:new", "order-status:null", "order:10", "order:9"]);
  expect(await says("delete from orders where id = 2")).toEqual(["order-list:all", "order-status:new", "order:2"]);
  expect(await says("truncate orders")).toEqual(["order:*"]);
});

test("a rollback, a savepoint that is rolled back and a statement without rows leave nothing", async () => {
  await owner.unsafe(touchTriggerSql(orders));
  expect(await says("begin; insert into orders (id) values (1); rollback")).toEqual([]);
  expect(
    await says("begin; savepoint one; insert into orders (id) values (1); rollback to one; delete from orders; commit"),
  ).toEqual([]);
  expect(await says("update orders set status = 'x' where false")).toEqual([]);
});

test("values are written as a session of Weir reads them, whatever the writer's session is", async () => {
  const columns = ["id", "placed", "at", "ref", "paid", "code", "status"];
  const tags = columns.map((column) => ({ family: column, columns: [column] }));
  await owner.unsafe(touchTriggerSql({ ...orders, tags: [...tags, { family: "both", columns: ["status", "id"] }] }));
  const written = await says(`insert into orders values (9007199254740993, 'ein "Wort", \\ ''x'' – 茶/*', '29.02.2024',
    '29.02.2024 21:00:00.5 +09', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', true, 'ab')`);
  const [row] = await database.db.execute("select * from shop.orders");
  // The driver pads `char(4)`; without the blanks it equals what it is compared with.
  const read = columns.map((column) => `${column}:${String(row?.[column]).trimEnd()}`);
  expect(written).toEqual([...read, `both:${String(row?.["status"])}/9007199254740993`].toSorted());
  expect(written).toContain("at:2024-02-29 12:00:00.5+00");
  expect(written).toContain("paid:true");
  expect(await says("update orders set paid = false, ref = null")).toEqual(
    expect.arrayContaining(["paid:false", "paid:true", "ref:null"]),
  );
});

test("names with quotes, capitals, commas and other scripts work", async () => {
  const [schema, table, column] = [`my "shop"'s`, `$weir$ Bestellungen, 注文`, `a "b", c\\ {d}%s`];
  await owner`create schema ${owner(schema)}`;
  await owner`create table ${owner(schema)}.${owner(table)} (${owner(column)} text, "plain" int)`;
  const odd: TouchTrigger = {
    schema,
    table,
    family: "odd",
    tags: [
      { family: "odd", columns: [column, "plain"] },
      { family: "odd-list", member: `it's "all" \\ of them` },
    ],
  };
  await owner.unsafe(touchTriggerSql(odd));
  expect(await tagsOf(() => owner`insert into ${owner(schema)}.${owner(table)} values ('x', 1)`)).toEqual([
    `odd-list:it's "all" \\ of them`,
    "odd:x/1",
  ]);
  expect(findTouchProblems(odd, await readTouchTriggers(database.db))).toEqual([]);
  await owner.unsafe(dropTouchTriggerSql(odd));
  expect(await tagsOf(() => owner`insert into ${owner(schema)}.${owner(table)} values ('x', 1)`)).toEqual([]);
});

test("a statement of more rows, tags or bytes than an outbox row should hold touches the family", async () => {
  await owner.unsafe(touchTriggerSql(orders));
  expect(await says("insert into orders (id) select generate_series(1, 500)")).toHaveLength(502);
  expect(await says("update orders set id = -id")).toEqual(["order:*"]);
  expect(await says("insert into orders (id) select generate_series(1, 501)")).toEqual(["order:*"]);
  expect(await says("delete from orders")).toEqual(["order:*"]);
  expect(await says("insert into orders (id, status) values (1, repeat('x', 100000))")).toEqual(["order:*"]);
});

test("writes to a partition, by its own name or its parent's, and a row that moves", async () => {
  await owner.unsafe(`create table shop.logs (id int, day int, primary key (day, id)) partition by range (day);
    create table shop.logs_1 partition of shop.logs for values from (0) to (10);
    create table shop.logs_2 partition of shop.logs for values from (10) to (20) partition by range (day);
    create table shop.logs_2a partition of shop.logs_2 for values from (10) to (20);`);
  const logs: TouchTrigger = {
    schema: "shop",
    table: "logs",
    family: "log",
    tags: [{ family: "log", columns: ["day", "id"] }],
  };
  await owner.unsafe(touchTriggerSql(logs));
  expect(await says("insert into logs values (1, 1), (2, 11)")).toEqual(["log:1/1", "log:11/2"]);
  expect(await says("insert into logs_1 values (3, 3)")).toEqual(["log:3/3"]);
  expect(await says("insert into logs_2 values (4, 14)")).toEqual(["log:14/4"]);
  expect(await says("update logs_2a set id = 5 where id = 4")).toEqual(["log:14/4", "log:14/5"]);
  expect(await says("update logs set day = 12 where id = 1")).toEqual(["log:1/1", "log:12/1"]);
  expect(new Set(await says("truncate logs"))).toEqual(new Set(["log:*"]));
  expect(findTouchProblems(logs, await readTouchTriggers(database.db))).toEqual([]);

  await owner.unsafe("create table shop.logs_3 partition of shop.logs for values from (20) to (30)");
  expect(findTouchProblems(logs, await readTouchTriggers(database.db))).toEqual([
    "shop.logs_3 has no trigger for insert, update, delete, truncate.",
  ]);
  await owner.unsafe(touchTriggerSql(logs));
  expect(findTouchProblems(logs, await readTouchTriggers(database.db))).toEqual([]);
  await expect(owner.unsafe(touchTriggerSql({ ...logs, table: "logs_1" }))).rejects.toThrow(/partition of shop\.logs,/);
});

test("rows that a foreign key deletes or changes touch their tags too", async () => {
  await owner.unsafe(`create table shop.lines (order_id bigint references shop.orders on delete cascade on update cascade, no int);
    insert into shop.orders (id) values (1), (2); insert into shop.lines values (1, 1), (1, 2), (2, 1);`);
  await owner.unsafe(
    touchTriggerSql({ ...orders, table: "lines", tags: [{ family: "line", columns: ["order_id", "no"] }] }),
  );
  await owner.unsafe(dropTouchTriggerSql(orders));
  expect(await says("delete from orders where id = 1")).toEqual(["line:1/1", "line:1/2"]);
  expect(await says("update orders set id = 3 where id = 2")).toEqual(["line:2/1", "line:3/1"]);
  await owner.unsafe("drop table shop.lines");
});

test("a column that was renamed costs precision and not correctness, and says so", async () => {
  const said: string[] = [];
  const loud = postgres(home.url, { max: 1, onnotice: ({ message }) => void said.push(message ?? "") });
  await loud.unsafe(`create table shop.renamed (id int, state text)`);
  const renamed = { ...orders, table: "renamed", tags: [{ family: "order", columns: ["id"] }] };
  await loud.unsafe(touchTriggerSql(renamed));
  await loud.unsafe("alter table shop.renamed rename id to number");
  expect(await tagsOf(() => loud.unsafe("insert into shop.renamed values (1)"))).toEqual(["order:*"]);
  expect(said.join()).toMatch(/the tags of shop\.renamed cannot be made \(column "id" does not exist\)/);
  await loud.end();
});

test("columns without one text per value are refused before anything is changed", async () => {
  await owner.unsafe(`create domain shop.ratio as float8; create domain shop.flag as boolean; create collation shop.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table shop.odd_types (id int, f shop.flag, r shop.ratio, n numeric, m numeric(10, 2), t text collate shop.any_case, j jsonb, a int[])`);
  const sqlOf = (...columns: string[]) =>
    touchTriggerSql({
      ...orders,
      table: "odd_types",
      tags: columns.map((column) => ({ family: "x", columns: [column] })),
    });
  await expect(owner.unsafe(sqlOf("id", "f", "r", "n", "t", "j", "a", "gone"))).rejects.toThrow(
    /^The tags of shop\.odd_types cannot be made: f: .*flag.*; r: values of type shop\.ratio.*n: numeric without.*t: its collation.*j: .*jsonb.*a: .*integer\[\].*gone: no such column$/,
  );
  expect((await readTouchTriggers(database.db)).some(({ table }) => table === "odd_types")).toBe(false);
  await owner.unsafe(sqlOf("id", "m"));
  expect(await says("insert into odd_types (id, m) values (1, 1.5)")).toEqual(["x:1", "x:1.50"]);
});

test("what is wrong with a trigger has a sentence", async () => {
  const problems = async () => findTouchProblems(orders, await readTouchTriggers(database.db));
  await owner.unsafe(dropTouchTriggerSql(orders));
  await owner.unsafe(dropTouchTriggerSql({ schema: "no", table: "such" }));
  expect(await problems()).toEqual([
    "shop.orders has no trigger: other programs' writes leave old values in the cache.",
  ]);
  await owner.unsafe(touchTriggerSql(orders));
  expect(await problems()).toEqual([]);
  await owner.unsafe("alter table shop.orders disable trigger weir_touch_update");
  await owner.unsafe("drop trigger weir_touch_truncate on shop.orders");
  expect(await problems()).toEqual([
    "shop.orders has no trigger for truncate.",
    "shop.orders: the trigger is disabled for update.",
  ]);
  await owner.unsafe(touchTriggerSql({ ...orders, tags: orders.tags.slice(1) }));
  expect((await problems()).join()).toMatch(
    /has other arguments than the feature expects: order order=id order-status=status/,
  );
});

test("names that Postgres would cut off, and families that no tag can have, are refused", () => {
  expect(() => touchTriggerSql({ ...orders, table: "ö".repeat(32) })).toThrow(RangeError);
  expect(() => touchTriggerSql({ ...orders, family: "order:1" })).toThrow(RangeError);
  expect(() => touchTriggerSql({ ...orders, tags: [{ family: "order", columns: [] }] })).toThrow(RangeError);
});

test("the writer's rights stay its own", async () => {
  await owner.unsafe(touchTriggerSql(orders));
  for (const attempt of [
    "select weir.weir_touch()",
    "insert into weir.cache_outbox (tags) values ('{x}')",
    "select * from weir.cache_outbox",
    "create temp table t (id int); create trigger mine after insert on t for each statement execute function weir.weir_touch('x')",
  ]) {
    await expect(writer.unsafe(attempt)).rejects.toThrow(/permission denied/);
  }
  // Nothing of the writer's is found in place of the platform's.
  await writer.unsafe(`create temp table cache_outbox (tags text[]); create temp table new_rows (id int);
    create function pg_temp.format(text, anyelement) returns text language sql as $$ select 'evil' $$`);
  expect(await says("insert into shop.orders (id) values (77)")).toEqual([
    "order-list:all",
    "order-status:null",
    "order:77",
  ]);
  // A type whose cast to text is code of the writer's: the text comes from the type's own output function.
  await owner.unsafe(`create type shop.state as enum ('a', 'b');
    create function shop.leak(shop.state) returns text language sql as $$ select 'leak' $$;
    create cast (shop.state as text) with function shop.leak(shop.state) as implicit;
    create table shop.states (id shop.state)`);
  await owner.unsafe(touchTriggerSql({ ...orders, table: "states", tags: [{ family: "state", columns: ["id"] }] }));
  expect(await says("insert into shop.states values ('a')")).toEqual(["state:a"]);
});

test("a write whose tags cannot be stored is refused with the server's words", async () => {
  await owner.unsafe(touchTriggerSql(orders));
  await owner.unsafe("alter table weir.cache_outbox rename to elsewhere");
  try {
    await expect(writer.unsafe("insert into orders (id) values (5)")).rejects.toThrow(/weir\.cache_outbox/);
  } finally {
    await owner.unsafe("alter table weir.elsewhere rename to cache_outbox");
  }
  expect(await owner`select from shop.orders`).toHaveLength(0);
});
