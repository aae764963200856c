import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { runInScope } from "@weir/core/scope";
import { createDatabase, type Database, type Tx } from ".";
import { books, createBooks } from "./test-books";
import { type Connection, createConnection } from "./connection/connection";
import { createStatementNames } from "./statements/events";
import { createParameterSamples } from "./statements/parameter-samples";
import { runTransaction, type TransactionClient } from "./transaction";

let home: TestDatabase;
let database: Database;
let admin: postgres.Sql;
beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url, max: 2, statementTimeoutMs: 2_000 });
  await createBooks(database);
  admin = postgres(home.url, { max: 1, onnotice: () => undefined });
});
beforeEach(() => admin`truncate books`);
afterAll(async () => {
  await database.close();
  await admin.end();
  await home.drop();
});

const add = (tx: Tx, code: string) => tx.insert(books).values({ code, name: code });
const codes = async (): Promise<string[]> =>
  (await admin<{ code: string }[]>`select code from books order by code`).map(({ code }) => code);
const fail = sql`select 1 / 0`;

test("what was written is there after the commit, and not at all when the work throws", async () => {
  await database.transaction(async (tx) => {
    await add(tx, "AA");
    expect(await codes()).toEqual([]);
  });
  const broken = database.transaction(async (tx) => {
    await add(tx, "BB");
    throw new Error("changed my mind");
  });
  await expect(broken).rejects.toThrow("changed my mind");
  expect(await codes()).toEqual(["AA"]);
});

test("a failed statement fails the transaction even when its error is swallowed", async () => {
  const broken = database.transaction(async (tx) => {
    await add(tx, "AA");
    await tx.execute(fail).catch(() => undefined);
    return "fine";
  });
  await expect(broken).rejects.toMatchObject({ code: "22012" });
  expect(await codes()).toEqual([]);
});

test("a savepoint undoes its own part only", async () => {
  await database.transaction(async (tx) => {
    await add(tx, "AA");
    const inner = tx.transaction(async (nested) => {
      await add(nested, "BB");
      await nested.execute(fail);
    });
    await expect(inner).rejects.toMatchObject({ code: "22012" });
    await tx.transaction((nested) => add(nested, "CC"));
  });
  expect(await codes()).toEqual(["AA", "CC"]);
});

test("statements that are sent together run one after another, in the order of the calls", async () => {
  const seen = await database.transaction(async (tx) => {
    await tx.execute(sql`create temp table steps (place int) on commit drop`);
    const step = (place: number) =>
      tx.execute<{ sum: string }>(sql`
        with added as (insert into steps values (${place}) returning place, pg_sleep(0.005))
        select coalesce((select sum(place) from steps), 0) as sum from added`);
    return Promise.all([step(1), step(2), step(3), step(4)]);
  });
  expect(seen.map(([row]) => Number(row?.sum))).toEqual([0, 1, 3, 6]);
});

test("a statement that is not awaited is part of the transaction", async () => {
  await database.transaction((tx) => {
    add(tx, "AA")
      .execute()
      .catch(() => undefined);
    return Promise.resolve();
  });
  expect(await codes()).toEqual(["AA"]);
});

test("a transaction that has ended takes no more statements", async () => {
  const left: Tx[] = [];
  await database.transaction((tx) => Promise.resolve(left.push(tx)));
  await expect(left[0]?.execute(sql`select 1`)).rejects.toThrow("has ended");
});

test("a transaction whose connection is lost fails, and its later statements go nowhere", async () => {
  let later: Promise<unknown> = Promise.resolve();
  const broken = database.transaction(async (tx) => {
    await add(tx, "AA");
    await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`).catch(() => undefined);
    later = add(tx, "BB").execute();
    await later;
  });
  await expect(broken).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  await expect(later).rejects.toBeInstanceOf(Error);
  expect(await codes()).toEqual([]);
  expect(database.stats().inUse).toBe(0);
});

test("a transaction whose connection is lost while its work waits for something else frees its place", async () => {
  let stuck: (value: unknown) => void = () => undefined;
  const broken = database.transaction(async (tx) => {
    const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await admin`select pg_terminate_backend(${row?.pid ?? 0}, 5000)`;
    await new Promise((resolve) => (stuck = resolve));
  });
  await expect(broken).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  expect(database.stats().inUse).toBe(0);
  stuck(null);
});

test("a transaction holds one place for its whole life", async () => {
  await database.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    expect(database.stats().inUse).toBe(1);
    await tx.transaction((nested) => nested.execute(sql`select 1`));
    expect(database.stats().inUse).toBe(1);
  });
  expect(database.stats().inUse).toBe(0);
});

test("nothing is committed after the caller's deadline, and the caller does not wait for the rollback", async () => {
  const blocker = await admin.reserve();
  await blocker`begin`;
  await blocker`lock table books in access exclusive mode`;
  const scope = {
    request: { id: "late" },
    origin: "app",
    procedure: null,
    deadlineAtMs: performance.now() + 500,
  } as const;
  const late = runInScope(scope, () => database.transaction((tx) => add(tx, "AA").execute()));
  await expect(late).rejects.toMatchObject({ code: "DATABASE_TIMEOUT" });
  // The insert still waits for the lock, and keeps its place.
  expect(database.stats().inUse).toBe(1);
  await blocker`rollback`;
  blocker.release();
  await expect.poll(() => database.stats().inUse).toBe(0);
  expect(await codes()).toEqual([]);
});

test("isolation levels reach Postgres", async () => {
  const [row] = await database.db.transaction((tx) => tx.execute(sql`show transaction_isolation`), {
    isolationLevel: "serializable",
  });
  expect(row).toEqual({ transaction_isolation: "serializable" });
});

/** A real connection that counts the statements in flight on it. */
function watchedConnection(): { connection: Connection; maxInFlight: () => number; sent: string[] } {
  const inner = createConnection({
    url: inject("databaseUrl"),
    applicationName: "weir turns test",
    statementTimeoutMs: 5_000,
    connectTimeoutMs: 5_000,
    prepare: true,
  });
  onTestFinished(inner.end);
  const sent: string[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  const send: Connection["send"] = async (text, ...rest) => {
    sent.push(text);
    inFlight += 1;
    maxInFlight = Math.max(maxInFlight, inFlight);
    return inner.send(text, ...rest).finally(() => (inFlight -= 1));
  };
  return { connection: { ...inner, send }, maxInFlight: () => maxInFlight, sent };
}

async function run<Result>(
  connection: Connection,
  work: (client: TransactionClient) => Promise<Result>,
): Promise<Result> {
  const lease = { connection, waitMs: 0, extend: () => undefined, release: () => undefined };
  const samples = createParameterSamples("off", () => 0);
  return runTransaction({ lease, names: createStatementNames(), samples, deadlineAtMs: null, options: {} }, work);
}

test("two statements of one transaction are never in flight together", async () => {
  const { connection, maxInFlight, sent } = watchedConnection();
  await run(connection, (client) =>
    Promise.all([
      client.unsafe("select 1"),
      client.unsafe("select 2"),
      client.savepoint((inner) => inner.unsafe("select 3")),
    ]),
  );
  expect(maxInFlight()).toBe(1);
  expect(sent).toEqual([
    "begin",
    "savepoint weir_1",
    "select 1",
    "select 2",
    "select 3",
    "release savepoint weir_1",
    "commit",
  ]);
});

test("the rollback is sent when the last statement has settled, also when it is no longer awaited", async () => {
  const { connection, maxInFlight, sent } = watchedConnection();
  const work = run(connection, (client) => Promise.all([client.unsafe("select 1 / 0"), client.unsafe("select 2")]));
  await expect(work).rejects.toMatchObject({ code: "22012" });
  expect(maxInFlight()).toBe(1);
  expect(sent).toEqual(["begin", "select 1 / 0", "select 2", "rollback"]);
});
