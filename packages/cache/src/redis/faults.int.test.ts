import { afterAll, beforeAll, expect, test } from "vitest";
import { channels } from "@weir/core/channels";
import { findRedis } from "@weir/embedded";
import { freePort } from "@weir/embedded/processes";
import { testPrefix } from "@weir/testkit/testing";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { startTestRedis, type TestRedis } from "../testing/test-redis";
import { createTestSource } from "../testing/test-source";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis((await findRedis()).path, await freePort());
});
afterAll(() => redis[Symbol.asyncDispose]());

const fleet = () => ({ redis: { url: redis.url }, keyPrefix: testPrefix() });
const loaded = (millis: number) => new Promise((resolve) => void setTimeout(resolve, millis));
const stored = (keyPrefix: string) =>
  until(async () => (await redis.command("EXISTS", `${keyPrefix}entry:test.read:v1:1`)) === 1);

test("a thousand warm reads with three tags send nothing to Redis", async () => {
  const options = { ...fleet(), timings: { redisBudgetMs: 5000 } };
  await using one = await openTestNodes(options);
  const group = one.node(0).define(testDefinition({ load: async () => "value", tags: () => ["a", "b", "c"] }));
  await group.get(1);
  await stored(options.keyPrefix);
  const commands: string[] = [];
  const stop = channels.redis.subscribe(({ connection, command }) => {
    if (connection === "cache") commands.push(command);
  });
  const callsOf = async () => {
    const stats = String(await redis.command("INFO", "commandstats"));
    return ["mget", "zmscore", "get", "set"].map(
      (name) => /calls=(\d+)/u.exec(stats.split(`cmdstat_${name}:`)[1] ?? "")?.[1],
    );
  };
  const before = await callsOf();
  for (let count = 0; count < 1000; count += 1) await group.get(1);
  // The node's log renewal reads the clock inside its script, a GET that counts; the reads do not send it.
  const after = await callsOf();
  stop();
  expect(commands).toEqual([]);
  expect(after.toSpliced(2, 1)).toEqual(before.toSpliced(2, 1));
});

test("while Redis is frozen, a cold read ends with its load, and later ones no longer try Redis", async () => {
  await using one = await openTestNodes({ ...fleet(), timings: { coolDownMs: 60_000 } });
  using seen = recordOutcomes();
  const group = one.node(0).define(testDefinition({ load: async (key) => loaded(5).then(() => key) }));
  redis.freeze();
  try {
    // Each read ends although Redis stays frozen. How soon is measured by `npm run bench -- cache-correctness`.
    expect(await group.get(0)).toBe(0);
    for (let key = 1; key <= 20; key += 1) expect(await group.get(key)).toBe(key);
    // The breaker is open: later reads do not wait for Redis at all.
    expect(one.node(0).stats().l2).toBe("open");
  } finally {
    redis.thaw();
  }
  expect(seen.outcomes).toEqual(Array.from({ length: 21 }, () => "miss"));
});

test("readers share one load while Redis is frozen", async () => {
  await using one = await openTestNodes(fleet());
  const source = createTestSource([[1, "value"]]);
  const group = one.node(0).define(testDefinition(source));
  redis.freeze();
  try {
    const release = source.hold();
    const reads = Array.from({ length: 20 }, () => group.get(1));
    await source.begun(1);
    release();
    expect(new Set(await Promise.all(reads))).toEqual(new Set(["value"]));
  } finally {
    redis.thaw();
  }
  expect(source.loads).toEqual([1]);
});

test("memory is not trusted once the log is silent, except for as long as the definition allows", async () => {
  let aheadMs = 0;
  const clock = { now: () => performance.now() + aheadMs };
  await using one = await openTestNodes({ ...fleet(), clock });
  const node = one.node(0);
  const load = async () => "value";
  const strict = node.define(testDefinition({ name: "strict", load }));
  const lenient = node.define(testDefinition({ name: "lenient", load, outage: { serveFor: "10s" } }));
  await Promise.all([strict.get(1), lenient.get(1)]);
  redis.freeze();
  try {
    aheadMs += 5000;
    expect(node.stats().logConnected).toBe(false);
    expect([strict.peek(1), lenient.peek(1)]).toEqual([undefined, "value"]);
    aheadMs += 10_000;
    expect(lenient.peek(1)).toBeUndefined();
  } finally {
    redis.thaw();
  }
  await until(() => node.stats().logConnected);
  expect([strict.peek(1), lenient.peek(1)]).toEqual(["value", "value"]);
});

test("a value invalidated while Redis is down is not served on this node meanwhile, nor anywhere once Redis is back", async () => {
  const options = fleet();
  await using two = await openTestNodes(options, options);
  const source = createTestSource([[1, "old"]]);
  const [first, second] = two.nodes.map((node) =>
    node.define(testDefinition({ ...source, outage: { serveFor: "1h" } })),
  );
  await first?.get(1);
  await stored(options.keyPrefix);
  redis.freeze();
  try {
    source.values.set(1, "new");
    expect(await two.node(0).invalidate({ tags: ["item:1"] })).toEqual({ status: "queued", epoch: null });
    expect(first?.peek(1)).toBeUndefined();
    expect(await first?.get(1)).toBe("new");
    expect(first?.peek(1)).toBeUndefined();
  } finally {
    redis.thaw();
  }
  // The invalidation that timed out may have taken effect too; the queued one comes after it.
  await until(async () => (await first?.get(1)) === "new" && first?.peek(1) === "new");
  expect(await second?.get(1)).toBe("new");
});

test("while Redis is gone, reads load and invalidations queue, and both recover by themselves", async () => {
  const options = fleet();
  await using one = await openTestNodes(options);
  const source = createTestSource([[1, "old"]]);
  const group = one.node(0).define(testDefinition(source));
  await group.get(1);
  await redis.kill();
  source.values.set(1, "new");
  expect(await group.invalidate(1)).toMatchObject({ status: "queued" });
  expect(await group.get(1)).toBe("new");
  await redis.start();
  await until(() => one.node(0).stats().logConnected);
  await until(async () => (await group.get(1)) === "new" && group.peek(1) === "new");
});

test("a cache that starts without Redis is ready after its deadline and serves", async () => {
  await using proxyless = await openTestNodes({
    redis: { url: "redis://127.0.0.1:1" },
    keyPrefix: testPrefix(),
    timings: { readyMs: 50 },
  });
  const group = proxyless.node(0).define(testDefinition({ load: async (key) => key }));
  expect(await group.get(1)).toBe(1);
  expect(await group.get(1)).toBe(1);
  expect(proxyless.node(0).stats().logConnected).toBe(false);
});

test("a Redis that may evict the marks is refused", async () => {
  await redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  try {
    await expect(openTestNodes(fleet())).rejects.toMatchObject({ name: "MemoryPolicyError", policy: "allkeys-lru" });
  } finally {
    await redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
  }
});
