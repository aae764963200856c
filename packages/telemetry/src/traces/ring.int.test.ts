import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import type { Trace } from "./types";
import { createTraceReader, type TraceQuestion } from "./read";
import { append, type Ring, ringKey, rings, ringShare, sizeOf } from "./ring";
import { sampleTrace } from "./test-traces";
import { TraceEncoder } from "./trace-codec";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("queueRedisUrl"));
});
afterAll(() => void redis.disconnect());

const ringBytes = 1_048_576;
const encoder = new TraceEncoder();
const everything: TraceQuestion = {
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  origins: ["app", "admin", "job", "lab"],
  nodeIds: null,
  order: "newest",
  limit: 100,
  cursor: null,
};

let minutes = 0;
/** Each call starts a minute later than the last; `bytes` sets the approximate size. */
function traceOf(bytes: number, changes: Partial<Trace> = {}): Trace {
  minutes += 1;
  const startedAtMs = Date.parse("2026-11-22T12:00:00.000Z") + minutes * 60_000;
  const texts = { "note.byId": randomBytes(bytes / 2).toString("hex") };
  const id = randomBytes(16).toString("hex");
  return sampleTrace({ id, startedAtMs, at: new Date(startedAtMs).toISOString(), texts, ...changes });
}

const entryOf = (trace: Trace, ring: Ring = "kept") => ({ ring, ...encoder.encode(trace) });

/** The size of a stream according to its IDs, and according to Redis. */
async function sizeOfRing(keyPrefix: string, ring: Ring): Promise<{ counted: number; real: number; entries: number }> {
  const key = ringKey(keyPrefix, ring);
  const rows = await redis.xrangeBuffer(key, "-", "+");
  // ioredis types the reply without the shape of its rows.
  const entries = rows as unknown as [Buffer, Buffer[]][];
  const nothing = Buffer.alloc(0);
  const counted = entries.reduce(
    (sum, [, [, summary = nothing, , body = nothing]]) => sum + sizeOf({ summary, body }),
    0,
  );
  return { counted, real: (await redis.memory("USAGE", key, "SAMPLES", 0)) ?? 0, entries: entries.length };
}

test("both streams stay within their limit while ten times the ring's bytes are written", async () => {
  const keyPrefix = testPrefix();
  const sizes = [300, 900, 2_000, 5_000, 20_000, 60_000];
  let written = 0;
  for (let round = 0; written < 10 * ringBytes; round += 1) {
    const traces = Array.from({ length: 1 + (round % 9) }, (_, at) =>
      traceOf(sizes[(round + at) % sizes.length] ?? 300),
    );
    const entries = traces.map((trace, at) => entryOf(trace, rings[(round + at) % 2]));
    await append({ redis, keyPrefix, ringBytes }, entries);
    written += entries.reduce((sum, { summary, body }) => sum + summary.length + body.length, 0);
    if (round % 10 !== 0) continue;
    for (const ring of rings)
      expect((await sizeOfRing(keyPrefix, ring)).counted).toBeLessThanOrEqual(ringShare(ringBytes, ring));
  }
  for (const ring of rings) {
    const { counted, real, entries } = await sizeOfRing(keyPrefix, ring);
    const bound = ringShare(ringBytes, ring);
    console.log(`${ring}: bound ${bound}, counted ${counted}, in Redis ${real}, ${entries} traces`);
    expect(counted).toBeLessThanOrEqual(bound);
    // The space is also used, except for the room of one large trace.
    expect(counted).toBeGreaterThan(bound - 80_000);
    expect(real).toBeLessThanOrEqual(bound);
    expect(await redis.pttl(ringKey(keyPrefix, ring))).toBeGreaterThan(6 * 86_400_000);
  }
});

test("small traces take no more space than they are counted for", async () => {
  const keyPrefix = testPrefix();
  for (let round = 0; round < 60; round += 1) {
    await append(
      { redis, keyPrefix, ringBytes },
      Array.from({ length: 100 }, () => entryOf(traceOf(20), "sampled")),
    );
  }
  const { counted, real } = await sizeOfRing(keyPrefix, "sampled");
  expect(counted).toBeLessThanOrEqual(ringShare(ringBytes, "sampled"));
  expect(real).toBeLessThanOrEqual(ringShare(ringBytes, "sampled"));
});

test("every node reads what several nodes write concurrently", async () => {
  const keyPrefix = testPrefix();
  const others = [new Redis(inject("queueRedisUrl")), new Redis(inject("queueRedisUrl"))];
  try {
    const traces = Array.from({ length: 60 }, (_, at) => traceOf(100, { nodeId: `node-${at % 3}` }));
    await Promise.all(
      traces.map((trace, at) =>
        append({ redis: others[at % 2] ?? redis, keyPrefix, ringBytes }, [entryOf(trace, rings[at % 2])]),
      ),
    );
    const reader = createTraceReader({ redis, keyPrefix });
    const { traces: read } = await reader.list(everything);
    expect(read.map(({ id }) => id)).toEqual(traces.map(({ id }) => id).toReversed());
    for (const trace of traces.slice(0, 5)) expect(await reader.get(trace.id)).toEqual(trace);
  } finally {
    for (const other of others) other.disconnect();
  }
});

test("pages in both orders contain each trace once and reject a cursor of the other order", async () => {
  const keyPrefix = testPrefix();
  const traces = Array.from({ length: 25 }, (_, at) => traceOf(20, { durationMs: (at * 7) % 5 }));
  await append(
    { redis, keyPrefix, ringBytes },
    traces.map((trace, at) => entryOf(trace, rings[at % 2])),
  );
  // Redis stored it but the reply was lost, so it is sent again.
  await append(
    { redis, keyPrefix, ringBytes },
    traces.slice(0, 3).map((trace) => entryOf(trace, "kept")),
  );
  const reader = createTraceReader({ redis, keyPrefix });
  for (const order of ["newest", "slowest"] as const) {
    const seen: { id: string; durationMs: number; at: string }[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof reader.list>> = await reader.list({
        ...everything,
        order,
        limit: 4,
        cursor,
      });
      seen.push(...page.traces);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(25);
    expect(seen).toHaveLength(25);
    const ranks = seen.map(({ durationMs, at }) => (order === "slowest" ? durationMs : Date.parse(at)));
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
    const first = await reader.list({ ...everything, order, limit: 4 });
    const other = order === "newest" ? "slowest" : "newest";
    await expect(reader.list({ ...everything, order: other, cursor: first.nextCursor })).rejects.toMatchObject({
      code: "CURSOR_INVALID",
    });
  }
});

test("filters by time, node, procedure, kind, duration and origin", async () => {
  const keyPrefix = testPrefix();
  const plain = traceOf(20);
  const slow = traceOf(20, { durationMs: 900, kinds: ["slowest"], procedure: "note.search", nodeId: "node-2" });
  const own = traceOf(20, { origin: "admin", kinds: ["failed"] });
  await append(
    { redis, keyPrefix, ringBytes },
    [plain, slow, own].map((trace) => entryOf(trace)),
  );
  const reader = createTraceReader({ redis, keyPrefix });
  const ids = async (filter: Partial<TraceQuestion>): Promise<string[]> =>
    (await reader.list({ ...everything, ...filter })).traces.map(({ id }) => id);
  expect(await ids({ origins: ["app"] })).toEqual([slow.id, plain.id]);
  expect(await ids({ nodeIds: ["node-2"] })).toEqual([slow.id]);
  expect(await ids({ procedure: "note.search" })).toEqual([slow.id]);
  expect(await ids({ kind: "failed" })).toEqual([own.id]);
  expect(await ids({ minDurationMs: 100 })).toEqual([slow.id]);
  expect(await ids({ fromMs: slow.startedAtMs, toMs: own.startedAtMs })).toEqual([slow.id]);
});

test("the reader drops traces that left the ring and recovers when the ring is lost", async () => {
  const keyPrefix = testPrefix();
  let now = 0;
  const reader = createTraceReader({ redis, keyPrefix, now: () => now });
  const first = traceOf(1_000);
  await append({ redis, keyPrefix, ringBytes }, [entryOf(first, "sampled")]);
  expect(await reader.get(first.id)).toEqual(first);
  for (let round = 0; round < 8; round += 1) {
    await append(
      { redis, keyPrefix, ringBytes },
      Array.from({ length: 10 }, () => entryOf(traceOf(6_000), "sampled")),
    );
  }
  now += 2_000;
  expect(await reader.get(first.id)).toBeNull();
  await redis.del(ringKey(keyPrefix, "sampled"));
  now += 2_000;
  expect((await reader.list(everything)).traces).toEqual([]);
  const second = traceOf(1_000);
  await append({ redis, keyPrefix, ringBytes }, [entryOf(second, "sampled")]);
  now += 2_000;
  expect((await reader.list(everything)).traces.map(({ id }) => id)).toEqual([second.id]);
});

test("fails clearly without Redis", async () => {
  const away = new Redis({
    port: 1,
    host: "127.0.0.1",
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  away.on("error", () => undefined);
  const reader = createTraceReader({ redis: away, keyPrefix: testPrefix() });
  await expect(reader.list(everything)).rejects.toMatchObject({ code: "TELEMETRY_UNAVAILABLE" });
  away.disconnect();
});
