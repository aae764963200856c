import { platformOutbox } from "@weir/postgres/schema";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createDatabase, createOutbox, type Database, type Db, type Tx } from "@weir/postgres";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { createTestDatabase, type TestDatabase, testPrefix } from "@weir/testkit/testing";
import type { OutboxPort } from "../contract/types";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

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

const outboxOf = (): OutboxPort<Db, Tx> => createOutbox(database, platformOutbox);
const fleet = () => ({
  redis: { url: inject("redisUrl") },
  keyPrefix: testPrefix(),
  outbox: outboxOf(),
  timings: { sweepMs: 20, retryMs: 20 },
});
const rows = async () => (await outboxOf().pending(100)).length;

test("a committed write invalidates what it touched before the mutation resolves, and its row is deleted", async () => {
  await using one = await openTestNodes<Db, Tx>({ ...fleet(), timings: { sweepMs: 3_600_000 } });
  const node = one.node(0);
  const source = createTestSource([[1, "old"]]);
  const group = node.define(testDefinition(source));
  await group.get(1);
  const result = await node.mutate(database.db, async (_tx, touched) => {
    source.values.set(1, "new");
    touched.tags("item:1");
    return "done";
  });
  expect(result).toBe("done");
  expect(group.peek(1)).toBeUndefined();
  expect(await group.get(1)).toBe("new");
  await until(async () => (await rows()) === 0);
});

test("a rolled back write invalidates nothing", async () => {
  await using one = await openTestNodes<Db, Tx>(fleet());
  const node = one.node(0);
  const group = node.define(testDefinition(createTestSource([[1, "value"]])));
  await group.get(1);
  const { epoch } = node.stats();
  const failure = new Error("rolled back");
  await expect(
    node.mutate(database.db, async (_tx, touched) => {
      touched.tags("item:1");
      throw failure;
    }),
  ).rejects.toBe(failure);
  expect(group.peek(1)).toBe("value");
  expect(await rows()).toBe(0);
  expect(node.stats().epoch).toBe(epoch);
});

test("a write that touches nothing does not advance the clock", async () => {
  await using one = await openTestNodes<Db, Tx>(fleet());
  const { epoch } = one.node(0).stats();
  expect(await one.node(0).mutate(database.db, async () => 7)).toBe(7);
  expect(one.node(0).stats().epoch).toBe(epoch);
});

test("a cached read is refused inside a mutation, but not after it or beside it", async () => {
  await using one = await openTestNodes<Db, Tx>(fleet());
  const node = one.node(0);
  const group = node.define(testDefinition(createTestSource([[1, "value"]])));
  const refused = { code: "CACHE_READ_IN_MUTATION" };
  await node.mutate(database.db, async () => {
    await expect(group.get(1)).rejects.toMatchObject(refused);
    await expect(group.getMany([1])).rejects.toMatchObject(refused);
    await expect(group.get(1, { bypass: true })).rejects.toMatchObject(refused);
    expect(() => group.peek(1)).toThrow(expect.objectContaining(refused));
  });
  expect(await group.get(1)).toBe("value");
});

test("rows of a process that died after its commit are applied by another process", async () => {
  const options = fleet();
  const source = createTestSource([[1, "old"]]);
  await using one = await openTestNodes<Db, Tx>(options);
  const group = one.node(0).define(testDefinition(source));
  await group.get(1);
  source.values.set(1, "new");
  // The row that a process leaves when it dies right after its commit.
  await outboxOf().transact(
    database.db,
    async () => undefined,
    () => ({ tags: ["item:1"], mode: "purge" }),
  );
  await until(async () => (await rows()) === 0);
  expect(await group.get(1)).toBe("new");
});

test("when the reply to the commit is lost, the sweep finds and applies its row", async () => {
  const inner = outboxOf();
  const lost = new Error("connection lost");
  const outbox: OutboxPort<Db, Tx> = {
    ...inner,
    transact: async (...args) => {
      await inner.transact(...args);
      throw lost;
    },
  };
  await using one = await openTestNodes<Db, Tx>({ ...fleet(), outbox, timings: { sweepMs: 3_600_000 } });
  const node = one.node(0);
  const source = createTestSource([[1, "old"]]);
  const group = node.define(testDefinition(source));
  await group.get(1);
  await expect(
    node.mutate(database.db, async (_tx, touched) => {
      source.values.set(1, "new");
      touched.tags("item:1");
    }),
  ).rejects.toBe(lost);
  await until(async () => (await rows()) === 0);
  expect(await group.get(1)).toBe("new");
});

test("a write while Redis is away keeps its row until the invalidation is applied", async () => {
  const options = fleet();
  await using proxy = await openFaultProxy(options.redis.url);
  await using two = await openTestNodes<Db, Tx>(
    { ...options, redis: { url: proxy.url } },
    { ...options, outbox: undefined },
  );
  const source = createTestSource([[1, "old"]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  await Promise.all([first?.get(1), second?.get(1)]);
  proxy.cut();
  await two.node(0).mutate(database.db, async (_tx, touched) => {
    source.values.set(1, "new");
    touched.tags("item:1");
  });
  expect(await first?.get(1)).toBe("new");
  expect(await rows()).toBe(1);
  proxy.heal();
  await until(async () => (await rows()) === 0);
  await until(async () => (await second?.get(1)) === "new");
  expect(await first?.get(1)).toBe("new");
});

test("without an outbox a mutation is refused", async () => {
  await using one = await openTestNodes<Db, Tx>({ ...fleet(), outbox: undefined });
  await expect(one.node(0).mutate(database.db, async () => 1)).rejects.toThrow(TypeError);
});
