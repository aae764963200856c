import { eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import type { OutboxPort } from "@weir/cache";
import { createDatabase, createOutbox, type Database, type Db, type Outbox, type Tx } from "..";
import { platformOutbox } from "../schema";
import { books, createBooks } from "../test-books";

let home: TestDatabase;
let database: Database;
let outbox: Outbox;
beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url, max: 3 });
  outbox = createOutbox(database, platformOutbox);
  await createBooks(database);
});
afterEach(async () => {
  await database.db.delete(platformOutbox);
  await database.db.delete(books);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

const addBook = (code: string) => (tx: Tx) => tx.insert(books).values({ code, name: code }).returning();
const touched =
  (...tags: string[]) =>
  () => ({ tags, mode: "purge" as const });
const bookCount = () => database.db.$count(books);

test("it is what the cache asks for", () => {
  const port: OutboxPort<Db, Tx> = outbox;
  expect(Object.keys(port)).toEqual(["transact", "pending", "settle"]);
});

test("a committed write leaves its tags, as they were given, until they are settled", async () => {
  const tags = ["book:42", 'with "quotes", commas', "back\\slash", "{brace}", "NULL", "Åland"];
  const { result, outboxId } = await outbox.transact(database.db, addBook("AA"), () => ({ tags, mode: "expire" }));
  expect(result).toEqual([{ code: "AA", name: "AA" }]);
  expect(await outbox.pending(10)).toEqual([{ id: outboxId, tags, mode: "expire" }]);
  await outbox.settle([outboxId ?? ""]);
  expect(await outbox.pending(10)).toEqual([]);
  await outbox.settle([outboxId ?? ""]);
});

test("a write that fails leaves neither itself nor its tags", async () => {
  const failing = outbox.transact(
    database.db,
    async (tx) => {
      await addBook("AA")(tx);
      throw new Error("no");
    },
    touched("book:AA"),
  );
  await expect(failing).rejects.toThrow("no");
  expect(await outbox.pending(10)).toEqual([]);
  expect(await bookCount()).toBe(0);
});

test("a write whose tags cannot be stored is not committed", async () => {
  const failing = outbox.transact(database.db, addBook("AA"), touched("a tag with \0"));
  await expect(failing).rejects.toMatchObject({ code: "22021" });
  expect(await bookCount()).toBe(0);
});

test("a write that touched nothing leaves no row", async () => {
  const nothing = await outbox.transact(database.db, addBook("AA"), () => null);
  const emptiness = await outbox.transact(database.db, addBook("BB"), touched());
  expect([nothing.outboxId, emptiness.outboxId]).toEqual([null, null]);
  expect(await outbox.pending(10)).toEqual([]);
  expect(await bookCount()).toBe(2);
});

test("what was touched is asked for after the work", async () => {
  const tags: string[] = [];
  const work = (): Promise<void> => Promise.resolve(void tags.push("late"));
  await outbox.transact(database.db, work, () => ({ tags, mode: "purge" }));
  expect(await outbox.pending(10)).toMatchObject([{ tags: ["late"] }]);
});

test("rows come oldest first, no more than asked for, and only once committed", async () => {
  const ids: (string | null)[] = [];
  for (const tag of ["one", "two", "three"]) {
    ids.push((await outbox.transact(database.db, () => Promise.resolve(), touched(tag))).outboxId);
  }
  expect((await outbox.pending(2)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
  await database.transaction(async (tx) => {
    await tx.insert(platformOutbox).values({ tags: ["four"] });
    expect(await outbox.pending(10)).toHaveLength(3);
  });
  expect(await outbox.pending(10)).toHaveLength(4);
  await outbox.settle(ids.filter((id) => id !== null));
  expect((await outbox.pending(10)).map(({ tags }) => tags)).toEqual([["four"]]);
});

test("a commit whose outcome is unknown rejects, and pending finds the row if it was committed", async () => {
  const lost = outbox.transact(
    database.db,
    async (tx) => {
      await addBook("AA")(tx);
      // A deferred trigger ends the session in the middle of COMMIT.
      await tx.execute(sql`
        create function pg_temp.hang_up() returns trigger language plpgsql
        as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`);
      await tx.execute(sql`
        create constraint trigger hang_up after insert on weir.cache_outbox deferrable initially deferred
        for each row execute function pg_temp.hang_up()`);
    },
    touched("book:AA"),
  );
  await expect(lost).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  const isThere = (await database.db.select().from(books).where(eq(books.code, "AA"))).length === 1;
  expect(await outbox.pending(10)).toHaveLength(isThere ? 1 : 0);
});

test("other writers name tags in their own transaction with weir.invalidate", async () => {
  await database.db.execute(sql`select weir.invalidate(array['book:JP', 'books:all'])`);
  expect(await outbox.pending(10)).toMatchObject([{ tags: ["book:JP", "books:all"], mode: "purge" }]);
});
