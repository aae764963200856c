import { sql } from "drizzle-orm";
import { customType, pgTable, text } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hasPgBouncer, type PgBouncer, startPgBouncer } from "@weir/testkit/pgbouncer";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, createOutbox, createServerProbe, type Database, detectPooling, prepared } from "..";
import { cacheOutbox } from "../schema";

const bytes = customType<{ data: Buffer }>({ dataType: () => "bytea" });
const books = pgTable("books", { title: text("title").notNull(), cover: bytes("cover") });

let home: TestDatabase;
let pooler: PgBouncer;
let admin: postgres.Sql;
let database: Database;
/** Fewer sessions than connections. */
const poolSize = 2;

describe.skipIf(!hasPgBouncer)("behind PgBouncer in transaction mode", () => {
  beforeAll(async () => {
    home = await createTestDatabase();
    admin = postgres(home.url, { max: 1, onnotice: () => undefined });
    await admin`create table books (title text not null, cover bytea)`;
    await admin`create table cache_outbox (like weir.cache_outbox including all)`;
    pooler = await startPgBouncer(home.url, { mode: "transaction", poolSize });
    database = createDatabase({ url: pooler.url, max: 8, pooling: await detectPooling(pooler.url) });
  });
  afterAll(async () => {
    await database.close();
    await pooler[Symbol.asyncDispose]();
    await admin.end();
    await home.drop();
  });

  const setting = async (on: Pick<Database["db"], "execute">, name: string): Promise<unknown> =>
    (await on.execute(sql`select current_setting(${name}) as value`))[0]?.["value"];

  test("named statements and their rows reach their callers, over fewer sessions than connections", async () => {
    expect(database.pooling.ownsSession).toBe(false);
    const echo = prepared(database.db, "pooling.echo", (db) =>
      db
        .select({ id: sql<number>`${sql.placeholder("id")}::int`, at: sql<string>`'2026-12-01'::timestamptz::text` })
        .from(sql`(values (1)) as one`),
    );
    const ids = Array.from({ length: 400 }, (_, id) => id);
    const rows = await Promise.all(ids.map((id) => echo.execute({ id })));
    expect(rows.map(([row]) => row)).toEqual(ids.map((id) => ({ id, at: "2026-12-01 00:00:00+00" })));
    const [used] = await admin<{ count: number }[]>`
      select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    expect(used?.count).toBeLessThanOrEqual(poolSize);
  });

  test("a transaction has all settings of a session, and leaves none behind", async () => {
    await admin.unsafe(`alter database ${new URL(home.url).pathname.slice(1)} set lock_timeout = '7s'`);
    onTestFinished(async () => {
      await admin.unsafe(`alter database ${new URL(home.url).pathname.slice(1)} reset lock_timeout`);
    });
    await endPooled();
    const within = await database.transaction(
      async (tx) => ({
        lock: await setting(tx, "lock_timeout"),
        statement: await setting(tx, "statement_timeout"),
        idle: await setting(tx, "idle_in_transaction_session_timeout"),
        bytes: await setting(tx, "bytea_output"),
        isolation: await setting(tx, "transaction_isolation"),
      }),
      { statementTimeoutMs: 4_000 },
    );
    expect(within).toEqual({ lock: "0", statement: "4s", idle: "1min", bytes: "hex", isolation: "read committed" });
    for (let time = 0; time < 5; time += 1) expect(await setting(database.db, "lock_timeout")).toBe("7s");
    expect(await setting(database.db, "statement_timeout")).toBe("0");
  });

  /** The pooler opens others, with the defaults as they are now. */
  const endPooled = async (): Promise<void> => {
    await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    await expect.poll(() => database.ping().catch(() => 0)).toBeGreaterThan(0);
  };

  test("the isolation level of a transaction can still be chosen", async () => {
    const level = await database.db.transaction((tx) => setting(tx, "transaction_isolation"), {
      isolationLevel: "repeatable read",
    });
    expect(level).toBe("repeatable read");
  });

  test("time limits end a statement within a transaction, and a read-only one refuses writes", async () => {
    await expect(
      database.transaction((tx) => tx.execute(sql`select pg_sleep(5)`), { statementTimeoutMs: 50 }),
    ).rejects.toMatchObject({ code: "DATABASE_TIMEOUT" });
    await expect(
      database.transaction((tx) => tx.insert(books).values({ title: "Emma" }), { isReadOnly: true }),
    ).rejects.toMatchObject({ code: "25006" });
    expect(await database.ping()).toBeGreaterThan(0);
  });

  test("bytes are read in both formats, whichever another client left in the session", async () => {
    const cover = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
    await database.db.insert(books).values({ title: "Bytes", cover });
    const other = postgres(pooler.url, { max: 1, prepare: false, fetch_types: false });
    await other`set bytea_output = 'escape'`;
    await other.end();
    const found = await Promise.all(
      Array.from({ length: 20 }, () =>
        database.db
          .select({ cover: books.cover })
          .from(books)
          .where(sql`${books.title} = 'Bytes'`),
      ),
    );
    expect(found.every(([row]) => row?.cover?.equals(cover) === true)).toBe(true);
    await endPooled();
  });

  test("COPY, savepoints, the outbox, plans and the probe work", async () => {
    await database.transaction(async (tx, { copyIn }) => {
      expect(await copyIn("copy books (title) from stdin", [["Persuasion"], ["a\tb\\c"]])).toBe(2);
      await tx
        .transaction(async (inner) => {
          await inner.insert(books).values({ title: "Undone" });
          throw new Error("changed my mind");
        })
        .catch(() => undefined);
    });
    expect(await database.db.$count(books, sql`title in ('Persuasion', 'Undone', ${"a\tb\\c"})`)).toBe(2);

    const outbox = createOutbox(database, cacheOutbox);
    const { outboxId } = await outbox.transact(
      database.db,
      (tx) => tx.insert(books).values({ title: "Sanditon" }),
      () => ({ tags: ["book:1"], mode: "purge" }),
    );
    expect(await outbox.pending(5)).toEqual([{ id: outboxId, tags: ["book:1"], mode: "purge" }]);
    await outbox.settle([String(outboxId)]);
    expect(await outbox.pending(5)).toEqual([]);

    const limits = { statementTimeoutMs: 2_000, lockTimeoutMs: 500 };
    const explained = await database.explain({
      text: "select * from books where title = $1",
      placeholders: 1,
      values: ["Emma"],
      analyze: true,
      ...limits,
    });
    expect(JSON.stringify(explained.plan)).toContain("Seq Scan");

    const probe = createServerProbe({ url: pooler.url, applicationName: "weir probe", pooling: database.pooling });
    expect(await probe.read(2_000)).toMatchObject({ isReadOnly: false });
    await probe.close();
  });

  test("a lock of a transaction ends with it, in whatever session it ran", async () => {
    const lock = sql`select pg_try_advisory_xact_lock(4711) as mine`;
    for (let time = 0; time < 20; time += 1) {
      const [row] = await database.transaction((tx) => tx.execute<{ mine: boolean }>(lock));
      expect(row?.mine).toBe(true);
    }
  });

  test("work that is queued at the pooler settles: more transactions than sessions", async () => {
    const done = await Promise.all(
      Array.from({ length: 30 }, (_, id) =>
        database.transaction(async (tx) => {
          await tx.execute(sql`select pg_sleep(0.01)`);
          const [row] = await tx.execute<{ id: number }>(sql`select ${id}::int as id`);
          return row?.id;
        }),
      ),
    );
    expect(done).toEqual(Array.from({ length: 30 }, (_, id) => id));
  });
});
