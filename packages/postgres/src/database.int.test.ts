import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { sql } from "drizzle-orm";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { channels, type SqlMessage } from "@weir/core/channels";
import { currentScope, runInScope, type Scope } from "@weir/core/scope";
import { createDatabase, type Database, type DatabaseOptions, prepared } from ".";
import { books, createBooks } from "./test-books";

let home: TestDatabase;
beforeAll(async () => {
  home = await createTestDatabase();
  const database = createDatabase({ url: home.url });
  await createBooks(database);
  await database.close();
});
afterAll(() => home.drop());

function open(options: Partial<DatabaseOptions> = {}): Database {
  const database = createDatabase({ url: home.url, max: 2, ...options });
  onTestFinished(database.close);
  return database;
}

function listen(): SqlMessage[] {
  const messages: SqlMessage[] = [];
  onTestFinished(channels.sql.subscribe((message) => void messages.push(message)));
  return messages;
}

const scopeUntil = (deadlineAtMs: number): Scope => ({
  request: { id: "1" },
  origin: "app",
  procedure: null,
  deadlineAtMs,
});
// Awaited here: a builder runs in the context that awaits it.
const send = async (database: Database, text: string): Promise<unknown> => await database.db.execute(sql.raw(text));

test("prepared statements are prepared once per connection, and not at all when that is switched off", async () => {
  for (const [prepare, expected] of [
    [true, 1],
    [false, 0],
  ] as const) {
    const database = open({ max: 1, prepare });
    const one = prepared(database.db, "test.one", (on) => on.select({ one: sql<number>`1` }).from(books));
    await one.execute();
    await one.execute();
    const rows = await database.db.execute(sql`select from pg_prepared_statements where statement like '%books%'`);
    expect(rows.length).toBe(expected);
  }
});

test("every statement is published under its name with its text, rows and times, never with its values", async () => {
  const database = open();
  const messages = listen();
  const named = prepared(database.db, "test.named", (on) =>
    on.select({ place: sql<number>`place` }).from(sql`generate_series(1, ${sql.placeholder("count")}::int) as place`),
  );
  await named.execute({ count: 3 });
  await database.db.execute(sql`select ${"secret"}::text`);
  await database.db.execute(sql`select ${"other"}::text`);
  expect(messages.map(({ statement, rows, ok }) => ({ statement, rows, ok }))).toEqual([
    { statement: "test.named", rows: 3, ok: true },
    { statement: expect.stringMatching(/^select [0-9a-f]{8}$/), rows: 1, ok: true },
    { statement: messages[1]?.statement, rows: 1, ok: true },
  ]);
  expect(JSON.stringify(messages)).not.toContain("secret");
  expect(messages.every(({ durationMs, waitMs }) => durationMs > 0 && waitMs >= 0)).toBe(true);
});

test("a failed statement is published as one that failed", async () => {
  const database = open();
  const messages = listen();
  await expect(database.db.execute(sql`select 1 / 0`)).rejects.toMatchObject({ code: "22012" });
  expect(messages).toMatchObject([{ text: "select 1 / 0", rows: 0, ok: false }]);
});

test("a transaction publishes its begin, its statements and its end", async () => {
  const database = open();
  const messages = listen();
  await database.transaction((tx) => tx.execute(sql`select 1`));
  await database.transaction(() => Promise.reject(new Error("no"))).catch(() => undefined);
  const names = messages.map(({ statement }) => statement.replace(/ .*/, ""));
  expect(names.slice(0, 3)).toEqual(["transaction.begin", "select", "transaction.commit"]);
  expect(names.slice(3)).toEqual(["transaction.begin", "transaction.rollback"]);
});

test("subscribers run in the async context of the statement's caller, even when it had to wait", async () => {
  const database = open({ max: 1 });
  const caller = new AsyncLocalStorage<number>();
  const heardFrom: (number | undefined)[] = [];
  onTestFinished(channels.sql.subscribe(() => void heardFrom.push(caller.getStore())));
  await Promise.all([1, 2, 3].map((number) => caller.run(number, () => send(database, "select 1"))));
  expect(heardFrom).toEqual([1, 2, 3]);
});

test("a socket is opened outside the request that needs it first, which it outlives", async () => {
  const database = open();
  const openedIn: (Scope | undefined)[] = [];
  const hook = createHook({
    init: (_id, type) => void (type === "TCPWRAP" && openedIn.push(currentScope())),
  }).enable();
  onTestFinished(() => void hook.disable());
  await runInScope(scopeUntil(performance.now() + 5_000), () => send(database, "select 1"));
  expect(openedIn).toEqual([undefined]);
});

test("callers get the driver's error, without Drizzle's wrapper and the parameters in it", async () => {
  const { db } = open();
  const insert = () => db.insert(books).values({ code: "AA", name: "secret" });
  await insert();
  const error: unknown = await insert().catch((reason: unknown) => reason);
  expect(error).not.toBeInstanceOf(DrizzleQueryError);
  expect(error).toMatchObject({ code: "23505", constraint_name: "books_pkey" });
  expect(String(error)).not.toContain("secret");
  await db.delete(books);
});

test("a caller leaves at its deadline, and its statement keeps its permit until it has settled", async () => {
  const database = open({ max: 1 });
  const messages = listen();
  await database.ping();
  const late = runInScope(scopeUntil(performance.now() + 100), () => send(database, "select pg_sleep(0.4)"));
  await expect(late).rejects.toMatchObject({ code: "DATABASE_TIMEOUT" });
  expect(database.stats().inUse).toBe(1);
  expect(messages).toHaveLength(1);
  await send(database, "select 1");
  expect(messages).toMatchObject([{}, { ok: true, text: "select pg_sleep(0.4)" }, {}]);
});

test("a statement that takes longer than the server allows is DATABASE_TIMEOUT", async () => {
  const database = open({ statementTimeoutMs: 30 });
  await expect(database.db.execute(sql`select pg_sleep(3)`)).rejects.toMatchObject({ code: "DATABASE_TIMEOUT" });
});

test("a queue that is full is DATABASE_BUSY, and the statement was never sent", async () => {
  const database = open({ max: 1, queueLimit: 0 });
  const messages = listen();
  const [first, second] = await Promise.allSettled([database.ping(), database.ping()]);
  expect(first.status).toBe("fulfilled");
  expect(second).toMatchObject({ status: "rejected", reason: { code: "DATABASE_BUSY" } });
  expect(messages).toHaveLength(1);
});

test("a server that cannot be reached is DATABASE_UNAVAILABLE, and so is a database that was closed", async () => {
  const nowhere = open({ url: "postgres://weir@127.0.0.1:1/weir" });
  await expect(nowhere.ping()).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  const database = open();
  await database.ping();
  await database.close();
  await expect(database.ping()).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
});

test("an invalid URL fails every statement and takes no permit", async () => {
  const database = open({ url: "postgres://weir@host:port/weir", max: 1 });
  await expect(database.ping()).rejects.toThrow("Invalid URL");
  await expect(database.ping()).rejects.toThrow("Invalid URL");
  expect(database.stats()).toMatchObject({ inUse: 0, queued: 0 });
});

test("several databases work side by side", async () => {
  const [one, two] = [open(), open()];
  await Promise.all([one.ping(), two.ping()]);
  await one.close();
  expect(await two.ping()).toBeGreaterThan(0);
});
