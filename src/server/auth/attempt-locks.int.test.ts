import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { createAttemptQueries } from "@/admin/account/queries";
import type { AttemptStore } from "./attempt-limiter";

let home: TestDatabase;
let holder: postgres.Sql;
let watcher: postgres.Sql;
let databases: Database[];

/** What a node counts with while Redis is away. */
function node(): AttemptStore {
  const database = createDatabase({ url: home.url, max: 2, statementTimeoutMs: 10_000 });
  databases.push(database);
  return createAttemptQueries(database.db);
}

beforeEach(async () => {
  home = await createTestDatabase();
  holder = postgres(home.url, { max: 1 });
  watcher = postgres(home.url, { max: 1 });
  databases = [];
});
afterEach(async () => {
  await holder.end();
  await watcher.end();
  for (const database of databases) await database.close();
  await home.drop();
});

/** Resolves once this many statements wait for a lock. */
const waiting = (count: number): Promise<void> =>
  expect
    .poll(
      async () => {
        const [row] = await watcher`select count(*)::int as count from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return row?.["count"];
      },
      { timeout: 10_000, interval: 10 },
    )
    .toBe(count);

/** As the limiter sorts them. */
const keys = ["a", "b"].map((key) => ({ key, most: 5, windowMs: 60_000 }));
const store = (key: string, expiresAt: string) =>
  watcher`insert into weir.sign_in_attempts (key, times, expires_at) values (${key}, '{}', now() + ${expiresAt}::interval)`;

/** Runs `work` while a transaction of its own has the row of the key. */
async function holding<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
  let begun: Result | undefined;
  await holder.begin(async (tx) => {
    await tx`select from weir.sign_in_attempts where key = ${key} for update`;
    begun = await work();
  });
  // Set above, or `begin` has thrown.
  return begun as Result;
}

test("attempts at one account from two nodes do not deadlock when one of their keys has expired", async () => {
  await store("a", "1 hour");
  await store("b", "1 hour");
  const [first, second] = [node(), node()];
  const both = await holding("a", async () => {
    const earlier = first.take(keys, "first");
    await waiting(1);
    // It expires between the two, so that only the second removes what has expired.
    await watcher`update weir.sign_in_attempts set expires_at = now() - interval '1 second' where key = 'b'`;
    const later = second.take(keys, "second");
    await waiting(2);
    return { settled: Promise.allSettled([earlier, later]) };
  });
  expect(await both.settled).toEqual([0, 0].map((value) => ({ status: "fulfilled", value })));
  const rows = await watcher`select key, cardinality(times) as count from weir.sign_in_attempts order by key`;
  expect([...rows]).toEqual([
    { key: "a", count: 2 },
    { key: "b", count: 2 },
  ]);
});

test("an attempt that is given back does not deadlock with the next one", async () => {
  // In the table they lie in the other order.
  await store("b", "1 hour");
  await store("a", "1 hour");
  const [first, second] = [node(), node()];
  const both = await holding("a", async () => {
    const taken = first.take(keys, "first");
    await waiting(1);
    const givenBack = second.giveBack(["a", "b"], "earlier");
    await waiting(2);
    return { settled: Promise.allSettled([taken, givenBack]) };
  });
  expect(await both.settled).toEqual([
    { status: "fulfilled", value: 0 },
    { status: "fulfilled", value: undefined },
  ]);
});

test("attempts that have expired are removed", async () => {
  for (const key of ["old-1", "old-2"]) await store(key, "-1 second");
  expect(await node().take(keys, "one")).toBe(0);
  const rows = await watcher`select key from weir.sign_in_attempts order by key`;
  expect(rows.map((row) => String(row["key"]))).toEqual(["a", "b"]);
});
