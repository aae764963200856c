import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { eq, inArray } from "drizzle-orm";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { attachTraces, createTraceReader, type Trace } from "@weir/telemetry";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { prepared } from "@weir/postgres";
import { notes } from "@/dev/notes/schema";
import { createNotesDatabase } from "@/dev/notes/test-notes";
import { createSessionCookie } from "@/server/auth/session-cookie";
import { createCallContext } from "@/server/http/app-handler";
import { createTrpcHandler } from "@weir/trpc-node";
import { publicProcedure, router } from "@/server/rpc/procedures";
import { openRuntime, type Runtime } from "@/server/runtime";

let database: TestDatabase;
let runtime: Runtime;
let server: Server;
let origin: string;
const keyPrefix = testPrefix();

/** Procedures that query one row after another. */
function shop({ cache, database: { db } }: Runtime) {
  const one = (id: number) =>
    prepared(db, "shop.item", (on) => on.select({ id: notes.id }).from(notes).where(eq(notes.id, id))).execute();
  const item = cache.define<number, { id: number }>({
    name: "shop.item",
    version: 1,
    key: String,
    tags: () => [],
    freshFor: "1m",
    load: async (id) => (await one(id))[0] ?? { id },
  });
  const page = cache.define<number, { ids: number[] }>({
    name: "shop.page",
    version: 1,
    key: String,
    tags: () => [],
    freshFor: "1m",
    load: async (length) => {
      const ids: number[] = [];
      for (let id = 1; id <= length; id += 1) ids.push(...(await one(id)).map((row) => row.id));
      return { ids };
    },
  });
  const length = z.object({ length: z.number() });
  return router({
    keyByKey: publicProcedure.input(length).query(async ({ input }) => {
      for (let id = 1; id <= input.length; id += 1) await item.get(id);
      return "done";
    }),
    byItself: publicProcedure.input(length).query(async ({ input }) => {
      for (let id = 1; id <= input.length; id += 1) await one(id);
      return "done";
    }),
    inOneLoad: publicProcedure.input(length).query(({ input }) => page.get(input.length)),
    once: publicProcedure.input(length).query(async ({ input }) => {
      const ids = Array.from({ length: input.length }, (_, at) => at + 1);
      await db.select({ id: notes.id }).from(notes).where(inArray(notes.id, ids));
      return "done";
    }),
  });
}

beforeAll(async () => {
  database = await createNotesDatabase();
  runtime = await openRuntime({
    features: {},
    nodeId: `test-${randomBytes(4).toString("hex")}`,
    databaseUrl: database.url,
    poolMax: 4,
    redisUrl: inject("redisUrl"),
    queueRedisUrl: inject("queueRedisUrl"),
    keyPrefix,
    disabled: new Set(),
  });
  const cookie = createSessionCookie({ secret: "a secret that only these tests use", isSecure: false });
  const createContext = createCallContext({
    services: runtime.services,
    cookie,
    trustedProxies: new Set(),
    origins: new Set(),
  });
  const handler = createTrpcHandler({ router: shop(runtime), createContext });
  server = createServer((req, res) => handler(req, res));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/api/trpc`;
}, 60_000);
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await runtime.close();
  await database.drop();
});

async function call(path: string, length: number, times = 1): Promise<number> {
  const inputs =
    times === 1 ? { length } : Object.fromEntries(Array.from({ length: times }, (_, at) => [at, { length }]));
  const url = `${Array.from({ length: times }, () => path).join(",")}?${times === 1 ? "" : "batch=1&"}input=${encodeURIComponent(JSON.stringify(inputs))}`;
  const response = await fetch(`${origin}/${url}`);
  await response.text();
  return response.status;
}

const attach = (redis = runtime.queueRedis) =>
  attachTraces({ nodeId: runtime.nodeId, redis, keyPrefix, sampleRatio: 0, flushEveryMs: 3_600_000 });

test("repeated statements are detected without sampling, named, and reported with a fix", async () => {
  const traces = attach();
  const told: Trace[] = [];
  traces.onTrace((trace) => void told.push(trace));
  try {
    await call("keyByKey", 14);
    await call("byItself", 9);
    await call("inOneLoad", 7);
    // A batch of six calls with one statement each, and one statement for all, are not reported.
    await call("byItself", 1, 6);
    await call("once", 50);
    await traces.flush({ endMinute: true });
    const repeats = told.flatMap((trace) => trace.repeats).toSorted((a, b) => b.times - a.times);
    expect(repeats).toMatchObject([
      { statement: "shop.item", times: 14, procedure: "keyByKey", group: "shop.item", isWithinLoad: false },
      { statement: "shop.item", times: 9, procedure: "byItself", group: null, isWithinLoad: false },
      { statement: "shop.item", times: 7, procedure: "inOneLoad", group: "shop.page", isWithinLoad: true },
    ]);
    expect(repeats[0]?.cure).toMatch(/reads `shop.item` key by key.*getMany.*loadMany/s);
    expect(repeats[1]?.cure).toMatch(/in `byItself` itself.*inArray/s);
    expect(repeats[2]?.cure).toMatch(/in one load of the group `shop.page`.*join/s);
    for (const { totalMs, wasteMs } of repeats) {
      expect(wasteMs).toBeGreaterThan(0);
      expect(wasteMs).toBeLessThan(totalMs * 1.5);
    }
    const rows = await runtime.services.traces.repeats({ range: "15m", nodes: null, includeAdmin: false });
    expect(rows.map(({ procedure, times }) => `${procedure} ${times}`).toSorted()).toEqual([
      "byItself 9",
      "inOneLoad 7",
      "keyByKey 14",
    ]);
    const { traces: listed } = await runtime.services.traces.list({
      range: "15m",
      nodes: null,
      includeAdmin: false,
      kind: "repeated",
      order: "slowest",
      limit: 10,
    });
    expect(listed.map(({ procedure }) => procedure).toSorted()).toEqual(["byItself", "inOneLoad", "keyByKey"]);
  } finally {
    await traces.close();
  }
});

test("spans beyond the limit are counted", async () => {
  const traces = attach();
  const told: Trace[] = [];
  traces.onTrace((trace) => void told.push(trace));
  await call("byItself", 300);
  await traces.close();
  const [trace] = told;
  expect(trace?.spans.length).toBeLessThanOrEqual(257);
  expect(trace?.statements).toBe(300);
  expect((trace?.spans.length ?? 0) + (trace?.omitted ?? 0)).toBeGreaterThanOrEqual(302);
});

test("without Redis requests continue, the queue is bounded, and drops are counted", async () => {
  const away = new Redis({
    host: "127.0.0.1",
    port: 1,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  away.on("error", () => undefined);
  const traces = attachTraces({
    nodeId: "n",
    redis: away,
    keyPrefix,
    sampleRatio: 1,
    flushEveryMs: 3_600_000,
    maxBacklogBytes: 2_500,
  });
  try {
    for (let round = 0; round < 10; round += 1) {
      expect(await call("byItself", 20)).toBe(200);
      await traces.flush({ endMinute: true });
    }
    const { kept, dropped, recording } = traces.counts;
    expect(kept).toBe(10);
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(10);
    expect(recording).toBe(0);
  } finally {
    await traces.close();
    away.disconnect();
  }
});

test("the queue is sent once Redis is back", async () => {
  const redis = new Redis(inject("queueRedisUrl"), {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  redis.on("error", () => undefined);
  const prefix = testPrefix();
  const traces = attachTraces({ nodeId: "n", redis, keyPrefix: prefix, sampleRatio: 1, flushEveryMs: 3_600_000 });
  try {
    await call("once", 2);
    await traces.flush({ endMinute: true });
    // The first command connected it.
    if (redis.status !== "ready") await once(redis, "ready");
    await traces.flush();
    const reader = createTraceReader({ redis, keyPrefix: prefix });
    const all = {
      fromMs: 0,
      toMs: Number.MAX_SAFE_INTEGER,
      nodeIds: null,
      order: "newest",
      limit: 10,
      cursor: null,
    } as const;
    const { traces: read } = await reader.list({ ...all, origins: ["app"] });
    expect(read.map(({ procedure }) => procedure)).toEqual(["once"]);
    expect(traces.counts.dropped).toBe(0);
  } finally {
    await traces.close();
    redis.disconnect();
  }
});

test("with several tracers in one process each request has one of them, and the next takes over when it is closed", async () => {
  const [first, second] = [attach(), attach()];
  const seen: string[] = [];
  first.onTrace(() => void seen.push("first"));
  second.onTrace(() => void seen.push("second"));
  await call("once", 2);
  await first.close();
  await call("once", 3);
  await second.close();
  expect(seen).toEqual(["first", "second"]);
});
