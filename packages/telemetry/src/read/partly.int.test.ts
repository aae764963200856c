import { Redis } from "ioredis";
import { beforeEach, expect, inject, test } from "vitest";
import { createTestDatabase, testPrefix } from "@weir/testkit/testing";
import { createDatabase } from "@weir/postgres";
import { createTelemetryArchive, type SlotArchive } from "../store/archive";
import { attachTelemetry } from "../record/attach";
import { createTelemetryReader } from "./reader";
import { startRollup } from "../store/rollup";
import { callAs } from "../record/test-traffic";

const start = Date.UTC(2026, 0, 5, 12, 0);
const minuteMs = 60_000;
const hour = { fromMs: start, toMs: null, stepMs: minuteMs, origins: ["app"], nodeIds: null } as const;

let redis: Redis;
let keyPrefix: string;
let nowMs: number;
let archive: SlotArchive;

beforeEach(async () => {
  const own = await createTestDatabase();
  const database = createDatabase({ url: own.url, max: 4 });
  archive = createTelemetryArchive(database.db);
  redis = new Redis(inject("queueRedisUrl"));
  keyPrefix = testPrefix();
  nowMs = start;
  return async () => {
    redis.disconnect();
    await database.close();
    await own.drop();
  };
});

async function asNode(nodeId: string, calls: number): Promise<void> {
  const telemetry = attachTelemetry({ nodeId, redis, keyPrefix, now: () => nowMs, flushEveryMs: 86_400_000 });
  callAs(
    "app",
    "note.byId",
    Array.from({ length: calls }, () => 1),
  );
  await telemetry.close();
}

/** Two nodes over two minutes, of which the first is merged. */
async function twoMinutes(): Promise<void> {
  await asNode("a", 1);
  await asNode("b", 2);
  nowMs = start + minuteMs + 15_000;
  const readTimes = async () => ({ postgres: nowMs, redis: nowMs });
  const rollup = startRollup({ nodeId: "a", redis, keyPrefix, archive, now: () => nowMs, readTimes, isTimed: false });
  await rollup.round();
  await asNode("a", 4);
}

/** An archive that always fails. */
const away: SlotArchive = new Proxy({} as SlotArchive, {
  get: () => () => Promise.reject(new Error("Postgres is unavailable")),
});

const readerOf = (store: SlotArchive, on = redis) =>
  createTelemetryReader({ redis: on, keyPrefix, store, now: () => nowMs, deadlineMs: 1_000 });

test("combines minutes from Postgres and from the nodes into one range", async () => {
  await twoMinutes();
  const totals = await readerOf(archive).totals(hour);
  expect(totals.slots.map((slot) => slot?.calls ?? null)).toEqual([3, 4]);
  expect(totals.series.rpc.get("note.byId")?.count).toBe(7);
  expect(totals.coverage.parts.map(({ source }) => source)).toEqual(["minutes", "nodes"]);
});

test("a late report shows before its minute is merged again", async () => {
  await twoMinutes();
  const back = nowMs;
  nowMs = start + 1_000;
  await asNode("late", 5);
  nowMs = back;
  const totals = await readerOf(archive).totals(hour);
  expect(totals.slots.map((slot) => slot?.calls ?? null)).toEqual([8, 4]);
});

test("without Postgres, node minutes are used and older data is missing", async () => {
  await twoMinutes();
  const totals = await readerOf(away).totals({ ...hour, fromMs: start - 5 * 3_600_000 });
  expect(totals.series.rpc.get("note.byId")?.count).toBe(7);
  expect(totals.coverage.missing.map(({ why }) => why)).toEqual(["postgres"]);
});

test("without Redis, merged minutes are used and the newest are missing", async () => {
  await twoMinutes();
  const gone = new Redis({ port: 1, lazyConnect: true, retryStrategy: () => null, enableOfflineQueue: false });
  gone.on("error", () => undefined);
  const totals = await readerOf(archive, gone).totals(hour);
  expect(totals.slots.map((slot) => slot?.calls ?? null)).toEqual([3, null]);
  expect(totals.coverage.missing).toEqual([{ fromMs: start + minuteMs, toMs: start + 2 * minuteMs, why: "redis" }]);
  await expect(readerOf(away, gone).totals(hour)).rejects.toMatchObject({ code: "TELEMETRY_UNAVAILABLE" });
  const wanted = [{ kind: "rpc", name: "note.byId" }] as const;
  await expect(readerOf(away, gone).series({ ...hour, wanted })).rejects.toMatchObject({
    code: "TELEMETRY_UNAVAILABLE",
  });
  gone.disconnect();
});

test("reads single nodes while Redis keeps them, with their state and clean shutdown", async () => {
  await twoMinutes();
  const reader = readerOf(archive);
  const ofA = await reader.totals({ ...hour, nodeIds: ["a"] });
  expect(ofA.slots.map((slot) => slot?.calls ?? null)).toEqual([1, 4]);
  const ofB = await reader.totals({ ...hour, nodeIds: ["b"] });
  expect([ofB.slots.map((slot) => slot?.calls ?? null), ofB.series.rpc.get("note.byId")?.count]).toEqual([
    [2, null],
    2,
  ]);
  const old = await reader.totals({ ...hour, fromMs: start - 24 * 3_600_000, stepMs: 5 * minuteMs, nodeIds: ["a"] });
  expect(old.coverage.missing.map(({ why }) => why)).toEqual(["per-node"]);
  const nodes = await reader.nodes();
  expect(nodes.map(({ id, stopped, state }) => [id, stopped, state?.pid])).toEqual([
    ["a", true, process.pid],
    ["b", true, process.pid],
  ]);
});
