import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { testPrefix } from "@weir/testkit/testing";
import { waitUntil } from "@weir/embedded/processes";
import { createCache } from "@weir/cache";
import { createDatabase } from "@weir/postgres";
import { runInScope } from "@weir/core/scope";
import { attachTelemetry, type Telemetry } from "@weir/telemetry";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

/** Counts from here on only. */
function attach(flushEveryMs = 3_600_000): Telemetry {
  const redis = new Redis(inject("queueRedisUrl"));
  const telemetry = attachTelemetry({ nodeId: "edges", redis, keyPrefix: testPrefix(), flushEveryMs });
  onTestFinished(async () => {
    await telemetry.close();
    redis.disconnect();
  });
  return telemetry;
}

const urlOf = (procedure: string, input: unknown): string =>
  `${app.origin}/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;

/** The size of the uncompressed body in bytes. */
async function ask(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers: { "accept-encoding": "identity", ...headers } });
  return (await response.arrayBuffer()).byteLength;
}

function promiseToKeep(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}

const ids = [1_002, 1_003, 1_004, 1_008, 1_006, 1_009, 1_005, 1_017];

test("the bytes of every response are counted, regardless of its source", async () => {
  const telemetry = attach();
  const byId = urlOf("note.byId", { id: 1_006 });
  let bytes = 0;
  // Loaded, then as a value of memory, then as finished bytes, then without a body, then as a failure.
  for (let call = 0; call < 4; call += 1) bytes += await ask(byId);
  const { headers } = await fetch(byId);
  bytes += await ask(byId);
  expect(await ask(byId, { "if-none-match": headers.get("etag") ?? "" })).toBe(0);
  bytes += await ask(urlOf("note.byId", { id: 1 }));
  const series = telemetry.snapshot().series.rpc.get("note.byId");
  expect(series?.count).toBe(8);
  expect(series?.bytes.count).toBe(8);
  expect((series?.bytes.sum ?? 0) - Number(headers.get("content-length"))).toBe(bytes);
});

test("the parts of a batch count for their procedures, cached or not", async () => {
  const telemetry = attach();
  const paths = "note.byId,note.search,note.byId";
  const input = { 0: { id: 1_002 }, 1: { q: "boo", limit: 3 }, 2: { id: 1_003 } };
  const url = `${app.origin}/api/trpc/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(input))}`;
  const bytes = (await ask(url)) + (await ask(url));
  const { rpc } = telemetry.snapshot().series;
  const counted = ["note.byId", "note.search"].map((name) => rpc.get(name)?.bytes);
  expect(counted.map((one) => one?.count)).toEqual([4, 2]);
  // Two brackets and two commas each time.
  expect(counted.reduce((sum, one) => sum + (one?.sum ?? 0), 0)).toBe(bytes - 8);
});

test("the reads and statements of calls add up to those of cache and database under concurrency", async () => {
  const telemetry = attach();
  const calls = Array.from({ length: 160 }, (_, index) => [
    ask(urlOf("note.search", { q: `${String.fromCodePoint(97 + (index % 26))}${index % 10}a`, limit: 2 })),
    ask(urlOf("note.nearby", { x: index / 2, y: index / 3, limit: 2 })),
    ask(urlOf("note.byId", { id: ids[index % ids.length] })),
  ]).flat();
  await Promise.all(calls);
  const { rpc, sql, cache, pool } = telemetry.snapshot().series;
  const of = <Value>(map: ReadonlyMap<string, Value>, read: (value: Value) => number): number =>
    [...map.values()].reduce((sum, value) => sum + read(value), 0);

  expect(of(rpc, ({ count }) => count)).toBe(480);
  expect(of(rpc, ({ bytes }) => bytes.count)).toBe(480);
  const features = new Map([...sql].filter(([name]) => name.startsWith("note.")));
  expect(of(features, ({ count }) => count)).toBeGreaterThan(160);
  expect(of(rpc, ({ statements }) => statements.sum)).toBe(of(features, ({ count }) => count));
  expect(of(rpc, ({ cacheReads }) => cacheReads.sum)).toBe(of(cache, ({ reads }) => reads));
  const sqlMs = of(features, ({ durations }) => durations.sumMs);
  expect(of(rpc, ({ sqlNs }) => sqlNs) / 1e6).toBeCloseTo(sqlMs, 1);
  const waitMs = of(features, ({ waits }) => waits.sumMs);
  expect(of(rpc, ({ poolWaitNs }) => poolWaitNs) / 1e6).toBeCloseTo(waitMs, 1);
  expect(pool.get("database")?.waits.count).toBeGreaterThanOrEqual(of(features, ({ count }) => count));

  const search = rpc.get("note.search");
  expect(search?.inFlightPeak).toBeGreaterThan(1);
  expect(search?.inFlightPeak).toBeLessThanOrEqual(160);
  expect(sql.get("note.search")?.callers.shares).toMatchObject([
    { procedure: "note.search", count: sql.get("note.search")?.count },
  ]);
  expect(app.telemetry.snapshot().state.callsInFlight).toBe(0);
});

test("tag families count the reads of entries with their tags, and list the most read tags", async () => {
  const telemetry = attach();
  const byId = urlOf("note.byId", { id: 1_009 });
  for (let call = 0; call < 12; call += 1) await ask(byId);
  await ask(urlOf("note.byId", { id: 1_017 }));
  const { tag, cache } = telemetry.snapshot().series;
  const family = tag.get("note:*");
  expect(family?.count).toBe(13);
  expect(family?.count).toBe(cache.get("note.byId")?.reads);
  expect([...(family?.endings() ?? [])].map(({ outcome }) => outcome)).toContain("hit");
  expect(family?.members.top(2)).toEqual([
    { name: "note:1009", count: 12, error: 0 },
    { name: "note:1017", count: 1, error: 0 },
  ]);
  expect(tag.get("notes:*")?.count).toBe(13);
});

test("commands per connection, the pool, jobs, the process and telemetry itself are counted as they run", async () => {
  const telemetry = attach(20);
  await ask(urlOf("note.search", { q: "zu", limit: 2 }));
  const seen = () => telemetry.snapshot().series;
  const isThere = (): boolean => {
    // Something to collect.
    Array.from({ length: 10_000 }, (_, index) => ({ index }));
    const { redis, job, process, observer } = seen();
    const one = process.get("process");
    return (
      (redis.get("cache MGET")?.count ?? 0) > 0 &&
      (redis.get("queue HSET")?.count ?? 0) > 0 &&
      (job.get("outbox.sweep")?.count ?? 0) > 0 &&
      (one?.samples ?? 0) > 1 &&
      (one?.loopDelays.count ?? 0) > 0 &&
      (one?.gc.minor.count ?? 0) > 0 &&
      (observer.get("observer")?.get("commands") ?? 0) > 0
    );
  };
  expect(await waitUntil(isThere, 20_000)).toBe(true);
  const one = seen().process.get("process");
  expect(one?.meanBytes("rssBytes")).toBeGreaterThan(10_000_000);
  expect(one?.utilisationMean).toBeLessThanOrEqual(1);
  expect(one?.cpuMs).toBeGreaterThan(0);
  const own = seen().observer.get("observer");
  expect(own?.cpuShare).toBeGreaterThan(0);
  expect(own?.get("fineBytes")).toBeGreaterThan(0);
  expect(own?.get("slotsLate")).toBe(0);
});

test("the pool reports its peaks and the longest holder of a permit", async () => {
  // A database of its own: telemetry reads the gauge of the application's, which starts its peaks over.
  const database = createDatabase({ url: inject("databaseUrl"), max: 4 });
  onTestFinished(() => database.close());
  const { promise: done, resolve: finish } = promiseToKeep();
  const { promise: begun, resolve: begin } = promiseToKeep();
  const scope = { request: { id: "test" }, origin: "app", procedure: "test.hold", deadlineAtMs: null } as const;
  const held = runInScope(scope, () =>
    database.transaction(async () => {
      begin();
      await done;
    }),
  );
  await begun;
  const during = database.gauge();
  finish();
  await held;
  expect(during).toMatchObject({ max: 4, inUse: 1, longest: { statement: "transaction", procedure: "test.hold" } });
  await Promise.all(Array.from({ length: 12 }, () => database.ping()));
  const after = database.gauge();
  expect(after).toMatchObject({ inUse: 0, queued: 0, inUsePeak: 4, longest: null });
  expect(after.queuedPeak).toBeGreaterThanOrEqual(8);
  expect(database.gauge()).toMatchObject({ inUsePeak: 0, queuedPeak: 0, refused: 0, expired: 0 });
});

test("fills with their size, evictions, and fills rejected by an invalidation are counted per group", async () => {
  const telemetry = attach();
  const cache = createCache({
    redis: { url: inject("redisUrl") },
    nodeId: "edges",
    keyPrefix: testPrefix(),
    l1: { maxEntries: 3 },
    timings: { loadLeaseMs: 30_000 },
  });
  onTestFinished(() => cache.close());
  await cache.ready();
  const definition = { version: 1, key: String, tags: (key: number) => [`item:${key}`], freshFor: "1h" } as const;
  const items = cache.define({ ...definition, name: "edge.item", load: async (key) => `value ${key}` });
  for (let key = 0; key < 8; key += 1) await items.get(key);

  const { promise: released, resolve: release } = promiseToKeep();
  const { promise: loading, resolve: loads } = promiseToKeep();
  const slow = cache.define({
    ...definition,
    name: "edge.slow",
    load: async (key) => {
      loads();
      await released;
      return `value ${key}`;
    },
  });
  const reading = slow.get(1);
  await loading;
  await cache.invalidate({ tags: ["item:1"] });
  release();
  expect(await reading).toBe("value 1");

  const groups = telemetry.snapshot().series.cache;
  const item = groups.get("edge.item");
  expect([item?.fills, item?.fillBytes, item?.rejectedFills, item?.evictions]).toEqual([8, 8 * 9, 0, 5]);
  const refused = groups.get("edge.slow");
  expect([refused?.fills, refused?.rejectedFills]).toEqual([0, 1]);
});
