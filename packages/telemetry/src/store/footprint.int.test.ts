import type { Redis } from "ioredis";
import { beforeEach, expect, test } from "vitest";
import type { SlotArchive } from "./archive";
import { SlotAccumulator } from "../record/accumulator";
import { createTelemetryReader } from "../read/reader";
import { retentionOf } from "./tiers";
import { startRollup } from "./rollup";
import { SlotStore } from "../record/slot-writer";
import { openTestStores } from "./test-stores";
import { hourMs, slotBytes } from "./tiers";

const start = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;
const perKind = 100;
/** Shorter than the defaults, so that data of both tiers expires within a day. */
const retention = retentionOf({ minuteDays: 6 / 24, hourDays: 18 / 24 });

let redis: Redis;
let keyPrefix: string;
let archive: SlotArchive;

beforeEach(async () => {
  const stores = await openTestStores();
  ({ redis, keyPrefix, archive } = stores);
  return stores.close;
});

const keysOf = async (): Promise<string[]> => {
  const keys: string[] = [];
  for await (const page of redis.scanStream({ match: `${keyPrefix}*`, count: 1_000 })) keys.push(...(page as string[]));
  return keys;
};

/** Simulates key expiry in Redis as time passes. */
async function passTime(ms: number): Promise<void> {
  const keys = await keysOf();
  const times = redis.pipeline();
  for (const key of keys) times.pttl(key);
  const left = (await times.exec()) ?? [];
  const changes = redis.pipeline();
  for (const [index, key] of keys.entries()) {
    const ttlMs = Number(left[index]?.[1]);
    expect(ttlMs, `${key} has no TTL`).toBeGreaterThan(0);
    if (ttlMs > ms) changes.pexpire(key, ttlMs - ms);
    else changes.del(key);
  }
  await changes.exec();
}

/** What one node counts in a slot: three hundred series, each a few times, fast and slow. */
function beBusy(accumulator: SlotAccumulator, nowMs: number, times: number): void {
  const snapshot = accumulator.at(nowMs);
  const { rpc, sql, cache } = snapshot.tables;
  for (let index = 0; index < perKind; index += 1) {
    const name = `feature${index}.name`;
    for (let call = 0; call < times; call += 1) {
      const durationMs = 0.2 * 2 ** (((index * 7 + call * 13 + nowMs / 5_000) % 48) / 8);
      const counts = { cacheReads: 2, statements: 1, poolWaitMs: 0.1, sqlMs: 1 };
      const message = { type: "query", durationMs, ok: true, errorCode: null, bytes: 900, counts } as const;
      rpc.at("app", name).record({ procedure: name, ...message });
      const statement = { statement: name, text: "select 1", waitMs: 0.1, durationMs, rows: 3, ok: true };
      sql.at("app", name).record(statement, name);
      const read = { type: "read", group: name, outcome: "hit", tier: "l1", durationMs, loadMs: null } as const;
      cache.at("app", name).record(read);
      snapshot.recorded += 3;
    }
  }
}

test("a day of a node with three hundred busy series takes the documented space, and old data is removed", async () => {
  let nowMs = start;
  const readTimes = async () => ({ postgres: nowMs, redis: nowMs });
  const accumulator = new SlotAccumulator({ maxSeries: 200, nowMs });
  const store = new SlotStore({ redis, keyPrefix, nodeId: "a", incarnation: "1" });
  const rollup = startRollup({
    nodeId: "a",
    redis,
    keyPrefix,
    archive,
    retention,
    now: () => nowMs,
    readTimes,
    isTimed: false,
  });
  const flush = async (): Promise<void> => {
    const writes = accumulator.settle(nowMs);
    const stored = await store.write(writes, JSON.stringify({ "feature0.name": "select 1" }), nowMs);
    expect(stored.slots).toHaveLength(writes.length);
  };
  const dayMs = 24 * hourMs;
  const calls: number[] = [];
  for (let minute = 0; minute < dayMs / minuteMs; minute += 1) {
    // Slots finer than a minute live for a quarter of an hour, so for the rest of the day one slot stands for twelve.
    if (minute % 10 === 0) await passTime(10 * minuteMs);
    // Of the slots that Redis has expired by the end, one minute stands for ten.
    if (minute % 10 !== 9 && start + dayMs - nowMs > 200 * minuteMs) {
      nowMs += minuteMs;
      continue;
    }
    const isDetailed = start + dayMs - nowMs <= 20 * minuteMs;
    const stepMs = isDetailed ? 5_000 : minuteMs;
    for (const end = nowMs + minuteMs; nowMs < end; nowMs += stepMs) {
      const times = isDetailed ? 2 : 24;
      beBusy(accumulator, nowMs, times);
      const hour = Math.floor((nowMs - start) / hourMs);
      calls[hour] = (calls[hour] ?? 0) + perKind * times;
      await flush();
    }
    if (minute % 10 !== 9) continue;
    for (let isDone = false; !isDone;) ({ isDone } = await rollup.round());
  }
  nowMs += 15_000;
  await flush();
  for (let isDone = false; !isDone;) ({ isDone } = await rollup.round());

  const reader = createTelemetryReader({
    redis,
    keyPrefix,
    store: archive,
    retention,
    now: () => nowMs,
    deadlineMs: 30_000,
  });
  const { redis: tiers, postgres } = await reader.footprint();
  const lines = [
    ...(tiers ?? []).map(
      ({ tier, slots, bytes }) => `Redis ${tier}: ${slots} slots, ${bytes} bytes, ${Math.round(bytes / slots)} each`,
    ),
    ...(postgres?.tiers ?? []).map(
      ({ tier, slots, bytes }) => `Postgres ${tier}: ${slots} rows, ${bytes} bytes, ${Math.round(bytes / slots)} each`,
    ),
    ...(postgres?.tables ?? []).map(({ table, rows, bytes }) => `${table}: ${rows} rows, ${bytes} bytes in total`),
  ];
  console.log(`After a day of 300 series on one node:\n${lines.join("\n")}`);

  const keys = await keysOf();
  const of = (tier: string): number[] =>
    keys.filter((key) => key.includes(`telemetry:${tier}:`)).map((key) => Number(key.split(":").at(-1)));
  // Kept for their time, plus up to two widths and one step of this test.
  expect(of("5s").length).toBeLessThanOrEqual(15 * 12 + 2 + 10 * 12);
  expect(Math.min(...of("5s"))).toBeGreaterThanOrEqual(nowMs - 26 * minuteMs);
  expect(of("1m").length).toBeLessThanOrEqual(180 + 2 + 10);
  expect(keys.length).toBe(of("5s").length + of("1m").length + 1);
  const caps = slotBytes();
  for (const { tier, bytes, slots } of tiers ?? []) {
    expect(bytes / slots).toBeLessThan(tier === "5s" ? caps.fine : caps.coarse);
    expect(bytes).toBeLessThan(tier === "5s" ? 8_388_608 : 16_777_216);
  }
  const versions = { "1m": await archive.versions("1m", 0, nowMs), "1h": await archive.versions("1h", 0, nowMs) };
  expect(Math.min(...versions["1m"].map(({ startMs }) => startMs))).toBe(start + dayMs - 6 * hourMs + 9 * minuteMs);
  expect(versions["1m"]).toHaveLength(200 + 16);
  expect(versions["1h"].map(({ startMs }) => startMs)).toEqual(
    Array.from({ length: 18 }, (_, hour) => start + (6 + hour) * hourMs),
  );
  for (const { bytes, slots } of postgres?.tiers ?? []) expect(bytes / slots).toBeLessThan(65_536);

  const range = { fromMs: start + 6 * hourMs, toMs: start + dayMs, origins: ["app"], nodeIds: null } as const;
  const totals = await reader.totals({ ...range, stepMs: hourMs });
  const seen = [...totals.series.rpc.values()].reduce((sum, { count }) => sum + count, 0);
  expect(totals.slots.map((slot) => slot?.calls)).toEqual(calls.slice(6));
  expect(seen).toBe(calls.slice(6).reduce((sum, count) => sum + count, 0));
  const before = await reader.totals({ ...range, fromMs: start, stepMs: hourMs });
  expect(before.coverage.missing).toEqual([{ fromMs: start, toMs: start + 6 * hourMs, why: "not-kept" }]);
}, 300_000);
