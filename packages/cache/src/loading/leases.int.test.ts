import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { channels } from "@weir/core/channels";
import { currentScope, runInScope } from "@weir/core/scope";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { entryOf, fleet, leaseOf, openFleet, patient } from "../testing/test-fleet";
import { openTestNodes, recordOutcomes, testDefinition, until } from "../testing/test-nodes";
import { createTestSource } from "../testing/test-source";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("redisUrl"));
});
afterAll(() => redis.disconnect());

const stored = (keyPrefix: string, key = 1) => until(async () => (await redis.exists(entryOf(keyPrefix, key))) === 1);

test.for([
  { nodes: 2, readers: 50 },
  { nodes: 4, readers: 2500 },
])("$readers cold readers on each of $nodes nodes cost one load", async ({ nodes, readers }) => {
  const source = createTestSource([[1, { name: "one" }]]);
  await using all = await openFleet(nodes, source, patient);
  using seen = recordOutcomes();
  const release = source.hold();
  const reads = all.groups.flatMap((group) => Array.from({ length: readers }, () => group.get(1)));
  await source.begun(1);
  release();
  expect(new Set((await Promise.all(reads)).map((value) => value?.name))).toEqual(new Set(["one"]));
  expect(source.loads).toEqual([1]);
  const counts = new Map<string, number>();
  for (const outcome of seen.outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  // A node that reads after the load finds the entry.
  const { miss = 0, coalesced = 0, "hit l2": hits = 0 } = Object.fromEntries(counts);
  expect([miss, coalesced + hits]).toEqual([1, nodes * readers - 1]);
});

test("a node that reads after another's load but before its claim finds the loaded value", async () => {
  const source = createTestSource([[1, "value"]]);
  await using two = await openFleet(2, { ...source, load: (key, context) => source.load(key, context) });
  for (let round = 0; round < 50; round += 1) {
    await two.node(0).invalidate({ all: true }, { wait: "local" });
    const { epoch } = two.node(0).stats();
    await until(() => two.node(1).stats().epoch === epoch);
    const before = source.loads.length;
    // Loads that end at once: the first is often done before the other node claims the lease.
    await Promise.all([two.first.get(1), two.second.get(1)]);
    expect(source.loads.length - before).toBe(1);
  }
});

test("a miss awaits two replies of Redis, and none to store its value", async () => {
  await using two = await openFleet(2, { load: async (key) => key });
  const commands: string[] = [];
  const stop = channels.redis.subscribe(({ connection, command }) => {
    if (connection === "cache") commands.push(command);
  });
  await two.first.get(1);
  const awaited = [...commands];
  await stored(two.keyPrefix);
  await until(() => commands.length === 3);
  stop();
  expect(awaited).toEqual(["MGET", "weir.claim"]);
  expect(commands).toEqual(["MGET", "weir.claim", "weir.settle"]);
});

test("keys that are missed together are claimed by one command and stored by one", async () => {
  const source = createTestSource([1, 2, 3, 4].map((key): [number, string] => [key, `v${key}`]));
  await using two = await openFleet(2, { load: source.load });
  const commands: string[] = [];
  const stop = channels.redis.subscribe(({ connection, command }) => {
    if (connection === "cache") commands.push(command);
  });
  await Promise.all([two.first.get(1), two.first.get(2), two.first.getMany([3, 4])]);
  await until(() => commands.filter((command) => command === "weir.settle").length > 0);
  stop();
  expect(commands.filter((command) => command !== "weir.settle")).toEqual(["MGET", "weir.claim"]);
  for (const key of [1, 2, 3, 4]) await stored(two.keyPrefix, key);
});

test("loads that are claimed together each run in the scope of their own reader", async () => {
  const names = new Map<number, string | undefined>();
  const load = async (key: number) => {
    names.set(key, currentScope()?.request.id);
    return key;
  };
  await using two = await openFleet(2, { load });
  const scopeOf = (id: string) => ({ request: { id }, origin: "app", procedure: null, deadlineAtMs: null }) as const;
  await Promise.all([1, 2, 3].map((key) => runInScope(scopeOf(`reader ${key}`), () => two.first.get(key))));
  expect([...names]).toEqual([1, 2, 3].map((key) => [key, `reader ${key}`]));
});

test("an invalidation revokes the lease: a later reader loads at once, and the older load stores nothing", async () => {
  const source = createTestSource([[1, "old"]]);
  await using two = await openFleet(2, source, patient);
  const release = source.hold();
  const early = two.first.get(1);
  await source.begun(1);
  const held = await redis.get(leaseOf(two.keyPrefix));
  source.values.set(1, "new");
  await two.node(1).invalidate({ tags: ["item:1"] });
  const late = two.second.get(1);
  // It does not wait for the first load, which continues.
  await source.begun(2);
  expect(await redis.get(leaseOf(two.keyPrefix))).not.toBe(held);
  release();
  expect(await Promise.all([early, late])).toEqual(["old", "new"]);
  await stored(two.keyPrefix);
  expect(await redis.get(entryOf(two.keyPrefix))).toContain("new");
  expect(await two.first.get(1)).toBe("new");
});

test("a failed load fails the readers of its node, and each other waiting node tries once", async () => {
  const source = createTestSource([[1, "value"]]);
  await using three = await openFleet(3, source, patient);
  using seen = recordOutcomes();
  source.failure = new Error("no luck");
  const release = source.hold();
  const reads = three.groups.flatMap((group) => Array.from({ length: 20 }, () => group.get(1)));
  const settled = Promise.allSettled(reads);
  await source.begun(1);
  release();
  expect(new Set((await settled).map(({ status }) => status))).toEqual(new Set(["rejected"]));
  expect(source.loads.length).toBeLessThanOrEqual(3);
  expect(seen.outcomes).toEqual(Array.from({ length: 60 }, () => "error"));
  // The failure is not cached for foreground reads.
  source.failure = undefined;
  expect(await three.second.get(1)).toBe("value");
});

test("a failed load ends its lease and starts a backoff for refreshes", async () => {
  const source = createTestSource([[1, "value"]]);
  await using two = await openFleet(2, source);
  source.failure = new Error("no luck");
  await expect(two.first.get(1)).rejects.toBe(source.failure);
  await until(async () => (await redis.get(leaseOf(two.keyPrefix)))?.startsWith("f ") === true);
  expect(await redis.pttl(leaseOf(two.keyPrefix))).toBeGreaterThan(0);
});

test("the lease of a node that vanished expires, and another node takes over and stores", async () => {
  const options = fleet();
  await using proxy = await openFaultProxy(options.redis.url);
  const timings = { loadLeaseMs: 150, loadRenewMs: 40, loadWaitMs: 60_000 };
  await using two = await openTestNodes({ ...options, redis: { url: proxy.url }, timings }, { ...options, timings });
  const source = createTestSource([[1, "value"]]);
  const [first, second] = two.nodes.map((node) => node.define(testDefinition(source)));
  const release = source.hold();
  const lost = first?.get(1);
  await source.begun(1);
  proxy.freeze();
  const taken = second?.get(1);
  await source.begun(2);
  release();
  expect(await Promise.all([lost, taken])).toEqual(["value", "value"]);
  await stored(options.keyPrefix);
  proxy.thaw();
});

test("a stampede while Redis responds too late costs one load per node, and the next readers none", async () => {
  const nodes = 4;
  const { redis: real, ...options } = fleet();
  await using proxy = await openFaultProxy(real.url);
  const one = { ...options, redis: { url: proxy.url }, timings: { redisBudgetMs: 100 } };
  await using opened = await openTestNodes(...Array.from({ length: nodes }, () => one));
  const source = createTestSource([[1, "value"]]);
  const groups = opened.nodes.map((node) => node.define(testDefinition(source)));
  // Each reply takes six times the budget of a read; the log is late too, but still followed.
  proxy.delay(300);
  const release = source.hold();
  const stampede = groups.flatMap((group) => Array.from({ length: 2500 }, () => group.get(1)));
  await source.begun(nodes);
  const late = groups.flatMap((group) => Array.from({ length: 500 }, () => group.get(1)));
  release();
  expect(new Set(await Promise.all([...stampede, ...late]))).toEqual(new Set(["value"]));
  await Promise.all(groups.map((group) => group.get(1)));
  expect(source.loads).toEqual(Array.from({ length: nodes }, () => 1));
  proxy.heal();
});

test("a long load keeps its lease: no other node loads meanwhile", async () => {
  const timings = { loadLeaseMs: 200, loadRenewMs: 20, ...patient };
  const source = createTestSource([[1, "value"]]);
  await using two = await openFleet(2, source, timings);
  const release = source.hold();
  const reads = [two.first.get(1), two.second.get(1)];
  await source.begun(1);
  let renewals = 0;
  const stop = channels.redis.subscribe(({ command }) => {
    if (command === "weir.keep") renewals += 1;
  });
  // More than two leases long.
  await until(() => renewals >= 25);
  stop();
  expect(source.loads).toEqual([1]);
  release();
  expect(await Promise.all(reads)).toEqual(["value", "value"]);
  expect(source.loads).toEqual([1]);
});

test("a reader that has waited loadWaitMs for another node loads for itself and stores nothing", async () => {
  const source = createTestSource([[1, "value"]]);
  await using two = await openFleet(2, source, { loadWaitMs: 30 });
  const release = source.hold();
  const slow = two.first.get(1);
  await source.begun(1);
  const held = await redis.get(leaseOf(two.keyPrefix));
  const guest = two.second.get(1);
  await source.begun(2);
  expect(await redis.get(leaseOf(two.keyPrefix))).toBe(held);
  // The load that stores nothing ends first.
  release();
  expect(await guest).toBe("value");
  expect(two.second.peek(1)).toBeUndefined();
  expect(await slow).toBe("value");
  expect(two.first.peek(1)).toBe("value");
});

test("a reader with a deadline waits for another node at most half of its time and gets its value in time", async () => {
  const source = createTestSource([[1, "value"]]);
  await using two = await openFleet(2, { ...source, load: (key, context) => source.load(key, context) }, patient);
  const release = source.hold();
  const slow = two.first.get(1);
  await source.begun(1);
  const scope = {
    request: { id: "test" },
    origin: "app",
    procedure: null,
    deadlineAtMs: performance.now() + 4000,
  } as const;
  const hurried = runInScope(scope, () => two.second.get(1)).catch((error: unknown) => error);
  await source.begun(2);
  release();
  expect(await hurried).toBe("value");
  await slow;
});

test("getMany loads the keys it was granted while others load the rest: crossed keys on two nodes", async () => {
  const source = createTestSource([1, 2, 3, 4].map((key): [number, string] => [key, `v${key}`]));
  await using two = await openFleet(2, source, patient);
  const release = source.hold();
  const first = two.first.getMany([1, 2]);
  await source.begun(2);
  const second = two.second.getMany([2, 3]);
  await source.begun(3);
  const third = two.first.getMany([3, 4]);
  await source.begun(4);
  release();
  const values = await Promise.all([first, second, third]);
  expect(values.map((found) => [...found.values()])).toEqual([
    ["v1", "v2"],
    ["v2", "v3"],
    ["v3", "v4"],
  ]);
  expect(source.loads.toSorted((left, right) => left - right)).toEqual([1, 2, 3, 4]);
});

test("a load that stores nothing releases its lease", async () => {
  const source = createTestSource<string>();
  await using two = await openFleet(2, source, patient);
  const reads = [two.first.get(1), two.second.get(1)];
  expect(await Promise.all(reads)).toEqual([null, null]);
  expect(source.loads).toEqual([1, 1]);
  await until(async () => (await redis.exists(leaseOf(two.keyPrefix))) === 0);
});

test("a node that closes releases its leases", async () => {
  const options = fleet();
  const source = createTestSource([[1, "value"]]);
  const release = source.hold();
  let pending: Promise<unknown> = Promise.resolve();
  {
    await using one = await openTestNodes(options);
    pending = one.node(0).define(testDefinition(source)).get(1);
    await source.begun(1);
    expect(await redis.exists(leaseOf(options.keyPrefix))).toBe(1);
  }
  expect(await redis.exists(leaseOf(options.keyPrefix))).toBe(0);
  release();
  await pending;
});
