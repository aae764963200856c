import { platformOutbox } from "@weir/postgres/schema";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { channels } from "@weir/core/channels";
import { currentScope, runInScope, type Scope } from "@weir/core/scope";
import { createDatabase, createOutbox, type Database, type Db, type Tx } from "@weir/postgres";
import { DatabaseError } from "@weir/postgres/errors";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { createTestDatabase, type TestDatabase, testPrefix } from "@weir/testkit/testing";
import type { OutboxPort } from "../contract/types";
import { openTestNodes, until } from "../testing/test-nodes";

let home: TestDatabase;
let database: Database;
beforeAll(async () => {
  home = await createTestDatabase();
  database = createDatabase({ url: home.url });
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

const unlimited: Scope = { request: { id: "test" }, origin: "app", procedure: null, deadlineAtMs: null };
/** A request whose deadline has passed. */
const late: Scope = { ...unlimited, deadlineAtMs: 0 };
const refuseLate = (): void => {
  if (currentScope() === late) throw new DatabaseError("DATABASE_TIMEOUT");
};

/** The real outbox, which refuses everything but the commit in a request whose deadline has passed. */
function outboxOf(afterCommit: () => void): OutboxPort<Db, Tx> {
  const inner = createOutbox(database, platformOutbox);
  return {
    transact: async (...args) => {
      const committed = await runInScope(unlimited, () => inner.transact(...args));
      afterCommit();
      return committed;
    },
    pending: async (limit) => {
      refuseLate();
      return inner.pending(limit);
    },
    settle: async (ids) => {
      refuseLate();
      return inner.settle(ids);
    },
  };
}
const rows = async () => (await createOutbox(database, platformOutbox).pending(100)).length;

test("a sweep runs after the deadline of the request that triggered it", async () => {
  const lost = new Error("connection lost");
  const outbox = outboxOf(() => {
    throw lost;
  });
  const fleet = { redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), timings: { sweepMs: 3_600_000 } };
  await using one = await openTestNodes<Db, Tx>({ ...fleet, outbox });
  const write = () => one.node(0).mutate(database.db, async (_tx, touched) => touched.tags("item:1"));
  await expect(runInScope(late, write)).rejects.toBe(lost);
  await until(async () => (await rows()) === 0);
});

test("a row is deleted after the deadline of its request", async () => {
  const outbox = outboxOf(() => undefined);
  const fleet = { redis: { url: inject("redisUrl") }, keyPrefix: testPrefix(), timings: { sweepMs: 3_600_000 } };
  await using one = await openTestNodes<Db, Tx>({ ...fleet, outbox });
  const { epoch } = one.node(0).stats();
  await runInScope(late, () => one.node(0).mutate(database.db, async (_tx, touched) => touched.tags("item:1")));
  await until(async () => (await rows()) === 0);
  await until(() => one.node(0).stats().epoch > epoch);
  // Applied once: by the mutation, and not by a sweep that found its row.
  expect(one.node(0).stats().epoch).toBe(epoch + 1);
});

test("neither the log nor a retry runs in the scope of a request", async () => {
  const redisUrl = inject("redisUrl");
  await using proxy = await openFaultProxy(redisUrl);
  const options = { redis: { url: proxy.url }, keyPrefix: testPrefix(), timings: { blockMs: 20, retryMs: 20 } };
  await using one = await runInScope(unlimited, () => openTestNodes(options));
  const node = one.node(0);
  const group = node.define({
    name: "test.read",
    version: 1,
    key: String,
    tags: () => [],
    freshFor: "1h",
    load: async () => 1,
  });
  proxy.cut();
  const answered = new Map<string, boolean>();
  const stop = channels.redis.subscribe(({ command, ok }) => {
    if (ok) answered.set(command, (answered.get(command) ?? false) || currentScope() !== undefined);
  });
  await runInScope(unlimited, async () => {
    await group.get(1);
    expect((await node.invalidate({ tags: ["item:1"] })).status).toBe("queued");
  });
  proxy.heal();
  await until(() => answered.has("weir.invalidate") && answered.has("XREAD") && node.stats().logConnected);
  stop();
  expect([...answered].filter(([, inScope]) => inScope)).toEqual([]);
  expect([...answered.keys()]).toEqual(expect.arrayContaining(["INFO", "weir.attach", "weir.renew", "XREAD"]));
});
