import postgres from "postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import { type FaultProxy, openFaultProxy } from "@weir/testkit/fault-proxy";
import { waitUntil } from "@weir/embedded/processes";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { prepareTestNodes, type TestNode } from "@/dev/test-node";
import { createNotesDatabase } from "@/dev/notes/test-notes";

const bundles = openBundles();
let startNode: Awaited<ReturnType<typeof prepareTestNodes>>;
let database: TestDatabase;
let proxies: { postgres: FaultProxy; cache: FaultProxy; queue: FaultProxy };
let keyPrefix: string;
let near: TestNode;
let far: TestNode;

/** `near` reaches its stores through proxies, `far` reaches the same ones directly. */
beforeAll(async () => {
  startNode = await prepareTestNodes(bundles);
  database = await createNotesDatabase();
  keyPrefix = testPrefix();
  const [postgresProxy, cache, queue] = await Promise.all([
    openFaultProxy(database.url),
    openFaultProxy(inject("redisUrl")),
    openFaultProxy(inject("queueRedisUrl")),
  ]);
  proxies = { postgres: postgresProxy, cache, queue };
  const env = { REDIS_URL: cache.url, QUEUE_REDIS_URL: queue.url };
  near = await startNode({ databaseUrl: postgresProxy.url, keyPrefix, env });
}, 120_000);
afterAll(async () => {
  await near.stop();
  await Promise.all(Object.values(proxies).map((proxy) => proxy[Symbol.asyncDispose]()));
  await database.drop();
  bundles.remove();
});

type Answer = { status: number; state: string; parts: Record<string, { state: string; reason?: string }> };
async function ask({ origin }: TestNode): Promise<Answer> {
  const response = await fetch(`${origin}/readyz`);
  const body = (await response.json()) as Omit<Answer, "status">;
  return { status: response.status, ...body };
}

/** Waits until `/readyz` says so; fails with what it says instead. */
async function becomes(node: TestNode, wanted: object): Promise<Answer | undefined> {
  let last: Answer | undefined;
  await waitUntil(
    async () => {
      last = await ask(node);
      try {
        expect(last).toMatchObject(wanted);
        return true;
      } catch {
        return false;
      }
    },
    30_000,
    50,
  );
  expect(last).toMatchObject(wanted);
  return last;
}
const whole = { status: 200, state: "ready" };
const linesAbout = ({ output }: TestNode, words: RegExp): string[] =>
  output()
    .split("\n")
    .filter((line) => words.test(line));
const read = async (id: number): Promise<number> => {
  const input = encodeURIComponent(JSON.stringify({ id }));
  const response = await fetch(`${near.origin}/api/trpc/note.byId?input=${input}`);
  await response.body?.cancel();
  return response.status;
};

test(
  "without Postgres the only node is degraded, serves what is cached, and says so once",
  { timeout: 90_000 },
  async () => {
    expect(await becomes(near, whole)).toMatchObject(whole);
    expect(await read(1001)).toBe(200);
    proxies.postgres.cut();
    await becomes(near, {
      status: 200,
      state: "degraded",
      parts: { postgres: { state: "down" }, cache: { state: "up" } },
    });
    expect([await read(1001), await read(1002)]).toEqual([200, 503]);
    proxies.postgres.heal();
    expect(await becomes(near, whole)).toMatchObject(whole);
    expect(linesAbout(near, /Postgres \(DATABASE_URL\) is down/u)).toHaveLength(1);
    await expect.poll(() => linesAbout(near, /Postgres \(DATABASE_URL\) is up again/u)).toHaveLength(1);
  },
);

test("a Postgres that accepts connections and never responds is down too", { timeout: 90_000 }, async () => {
  proxies.postgres.freeze();
  await becomes(near, { state: "degraded", parts: { postgres: { state: "down", reason: "no response" } } });
  proxies.postgres.heal();
  expect(await becomes(near, whole)).toMatchObject(whole);
});

test("a node that alone has lost Postgres leaves rotation", { timeout: 120_000 }, async () => {
  far = await startNode({ databaseUrl: database.url, keyPrefix });
  try {
    proxies.postgres.cut();
    await becomes(near, { status: 503, state: "not-ready" });
    await becomes(far, whole);
    proxies.postgres.heal();
    expect(await becomes(near, whole)).toMatchObject(whole);
  } finally {
    await far.stop();
  }
});

test("losing each Redis leaves the node degraded and in rotation", { timeout: 90_000 }, async () => {
  proxies.cache.cut();
  proxies.queue.cut();
  await becomes(near, {
    status: 200,
    state: "degraded",
    parts: { cache: { state: "down" }, queue: { state: "down" }, postgres: { state: "up" } },
  });
  expect(await read(1003)).toBe(200);
  proxies.cache.heal();
  proxies.queue.heal();
  expect(await becomes(near, whole)).toMatchObject(whole);
});

test("a read-only database is distinguished from an unreachable one", { timeout: 90_000 }, async () => {
  const sql = postgres(database.url, { max: 1 });
  const name = new URL(database.url).pathname.slice(1);
  try {
    await sql`alter database ${sql(name)} set default_transaction_read_only = on`;
    // Sessions that are open keep their setting; a failover ends them.
    proxies.postgres.reset();
    await becomes(near, {
      status: 200,
      state: "degraded",
      parts: { postgres: { state: "degraded", reason: "read-only" } },
    });
    await sql`set default_transaction_read_only = off`;
    await sql`alter database ${sql(name)} reset default_transaction_read_only`;
    proxies.postgres.reset();
    expect(await becomes(near, whole)).toMatchObject(whole);
  } finally {
    await sql.end();
  }
});
