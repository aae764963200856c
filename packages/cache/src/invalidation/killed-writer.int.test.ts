import { platformOutbox } from "@weir/postgres/schema";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createDatabase, createOutbox, type Database, type Db, type Tx } from "@weir/postgres";
import { openBundles } from "@weir/testkit/bundles";
import { createTestDatabase, type TestDatabase, testPrefix } from "@weir/testkit/testing";
import type { DyingWriter } from "../testing/test-dying-writer";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";

// `npm run bench -- cache-stale` kills 200.
const kills = 5;
const bundles = openBundles();
let program: string;
let home: TestDatabase;
let database: Database;
beforeAll(async () => {
  program = await bundles.add(new URL("../testing/test-dying-writer.ts", import.meta.url));
  home = await createTestDatabase();
  database = createDatabase({ url: home.url });
  await database.db.execute(sql`create table proof (id integer primary key, n integer not null)`);
  await database.db.execute(sql`insert into proof values (1, 0)`);
});
afterAll(async () => {
  await database.close();
  await home.drop();
  bundles.remove();
});

const fleet = () => ({
  redis: { url: inject("redisUrl") },
  keyPrefix: testPrefix(),
  outbox: createOutbox(database, platformOutbox),
  timings: { sweepMs: 50 },
});

async function current(): Promise<number> {
  const [row] = await database.db.execute<{ n: number }>(sql`select n from proof where id = 1`);
  return row?.n ?? Number.NaN;
}

/** Resolves with the signal that ended the process; null when it exited normally. */
async function runWriter(keyPrefix: string, dies: DyingWriter["dies"]): Promise<unknown> {
  const writer: DyingWriter = {
    redisUrl: inject("redisUrl"),
    databaseUrl: home.url,
    keyPrefix,
    statement: "update proof set n = n + 1 where id = 1",
    tag: "item:1",
    dies,
  };
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(JSON.stringify(writer));
  const [, signal] = await once(child, "exit");
  return signal;
}

test("writers killed between commit and invalidation leave no stale value behind", { timeout: 180_000 }, async () => {
  const options = fleet();
  await using one = await openTestNodes<Db, Tx>(options);
  const group = one.node(0).define(testDefinition({ load: current }));
  for (let time = 1; time <= kills; time += 1) {
    const before = await group.get(1);
    expect(before).toBe(time - 1);
    expect(await runWriter(options.keyPrefix, "after commit")).toBe("SIGKILL");
    await until(async () => (await group.get(1)) === time);
  }
  await until(async () => (await createOutbox(database, platformOutbox).pending(1)).length === 0);
});

test("a writer killed before its commit invalidates nothing", { timeout: 180_000 }, async () => {
  const options = fleet();
  await using one = await openTestNodes<Db, Tx>(options);
  const node = one.node(0);
  const { epoch } = node.stats();
  expect(await runWriter(options.keyPrefix, "before commit")).toBe("SIGKILL");
  // A row in the outbox would be gone once this invalidation has passed through it.
  await node.mutate(database.db, async (_tx, touched) => touched.tags("item:2"));
  await until(async () => (await createOutbox(database, platformOutbox).pending(1)).length === 0);
  expect(node.stats().epoch).toBe(epoch + 1);
  expect(await current()).toBe(kills);
});
