import { afterAll, beforeAll, expect, test } from "vitest";
import { findRedis } from "@weir/embedded";
import { freePort } from "@weir/embedded/processes";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, testDefinition, until } from "../testing/test-nodes";
import { startTestRedis, type TestRedis } from "../testing/test-redis";
import { createTestSource } from "../testing/test-source";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis((await findRedis()).path, await freePort());
});
afterAll(() => redis[Symbol.asyncDispose]());

const fleet = () => ({ redis: { url: redis.url }, keyPrefix: testPrefix() });
const clockOf = async (keyPrefix: string) => String(await redis.command("GET", `{${keyPrefix}cache}:clock`)).split(" ");

test("after a wipe nothing old is served, and a new incarnation continues with higher epochs", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "old"]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  await Promise.all([first?.get(1), second?.get(1)]);
  const [incarnation] = await clockOf(options.keyPrefix);
  await redis.command("FLUSHALL");
  source.values.set(1, "new");
  const invalidated = await two.node(0).invalidate({ tags: ["item:1"] });
  expect(invalidated.status).toBe("applied");
  expect(await first?.get(1)).toBe("new");
  await until(() => two.node(1).stats().epoch === invalidated.epoch);
  expect(await second?.get(1)).toBe("new");
  expect((await clockOf(options.keyPrefix))[0]).not.toBe(incarnation);
});

test("a load that was running during a wipe and a later invalidation stores nothing", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "old"]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  const release = source.hold();
  const reader = first?.get(1);
  await source.begun(1);
  await redis.command("FLUSHALL");
  source.values.set(1, "new");
  const { epoch } = await two.node(1).invalidate({ tags: ["item:1"] });
  release();
  await reader;
  await until(() => two.node(0).stats().epoch === epoch);
  expect(await first?.get(1)).toBe("new");
  expect(await second?.get(1)).toBe("new");
});

test("entries of a server that comes back with an older state are not served", async () => {
  const options = fleet();
  await using one = await openTestNodes(options);
  const source = createTestSource([[1, "old"]]);
  const group = one.node(0).define(testDefinition(source));
  await group.get(1);
  await until(async () => (await redis.command("EXISTS", `${options.keyPrefix}entry:test.read:v1:1`)) === 1);
  await redis.command("SAVE");
  source.values.set(1, "new");
  expect(await group.invalidate(1)).toMatchObject({ status: "applied" });
  await redis.kill();
  await redis.start();
  expect(await redis.command("EXISTS", `${options.keyPrefix}entry:test.read:v1:1`)).toBe(1);
  // A node that knows nothing from before the restart.
  await using fresh = await openTestNodes(options);
  expect(await fresh.node(0).define(testDefinition(source)).get(1)).toBe("new");
  expect(await group.get(1)).toBe("new");
  await until(() => one.node(0).stats().logConnected);
  expect(await group.get(1)).toBe("new");
});

test("an entry of another incarnation is a miss, whatever its epoch", async () => {
  const options = fleet();
  const source = createTestSource([[1, "old"]]);
  {
    await using one = await openTestNodes(options);
    await one.node(0).define(testDefinition(source)).get(1);
    await until(async () => (await redis.command("EXISTS", `${options.keyPrefix}entry:test.read:v1:1`)) === 1);
  }
  source.values.set(1, "new");
  await redis.command("SET", `{${options.keyPrefix}cache}:clock`, "another 1 0 0");
  await using fresh = await openTestNodes(options);
  expect(await fresh.node(0).define(testDefinition(source)).get(1)).toBe("new");
});
