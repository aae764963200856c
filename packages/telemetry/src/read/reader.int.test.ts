import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test, vi } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { attachTelemetry, type Telemetry } from "../record/attach";
import { createOverviewReader, type OverviewReader } from "./test-overview";
import { callAs, loadAs, queryAs, readAs } from "../record/test-traffic";
import { coarseTier, fineTier, isSummaryField, retentionOf, slotKey, textsKey } from "../store/tiers";

const start = Date.UTC(2026, 0, 1, 12, 0);
const fiveMinutes = { rangeMs: 300_000, stepMs: 5_000, origins: ["app", "job", "lab"] } as const;
const oneHour = { ...fiveMinutes, rangeMs: 3_600_000, stepMs: 60_000 };

let redis: Redis;
let keyPrefix: string;
let nowMs: number;
let reader: OverviewReader;

beforeEach(() => {
  redis = new Redis(inject("queueRedisUrl"));
  keyPrefix = testPrefix();
  nowMs = start;
  reader = createOverviewReader({ redis, keyPrefix, now: () => nowMs });
});
afterEach(() => redis.quit());

/** Without a timer: the test flushes explicitly. */
function attach(nodeId: string): Telemetry {
  const telemetry = attachTelemetry({ nodeId, redis, keyPrefix, now: () => nowMs, flushEveryMs: 86_400_000 });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

/** Runs one node from start to end. Subscribers receive the messages of the whole process, so nodes take turns. */
async function asNode(nodeId: string, work: () => void): Promise<void> {
  const telemetry = attach(nodeId);
  work();
  await telemetry.close();
}

const spread = (count: number, fromMs: number, toMs: number): number[] =>
  Array.from({ length: count }, (_, index) => fromMs * (toMs / fromMs) ** ((index * 0.618_034) % 1));

function exactQuantile(durationsMs: readonly number[], q: number): number {
  return durationsMs.toSorted((a, b) => a - b)[Math.ceil(q * durationsMs.length - 1e-9) - 1] ?? Number.NaN;
}

test("node summaries of a minute are cached as long as Redis keeps the minute", async () => {
  const nodeMinutesMs = 6 * 3_600_000;
  const attachedAtMs = nowMs;
  const telemetry = attachTelemetry({
    nodeId: "a",
    redis,
    keyPrefix,
    now: () => nowMs,
    flushEveryMs: 86_400_000,
    minutesKeepMs: nodeMinutesMs,
  });
  callAs("app", "note.byId", [1, 2, 3]);
  await telemetry.close();
  nowMs += 5 * 3_600_000;
  const own = createOverviewReader({
    redis,
    keyPrefix,
    now: () => nowMs,
    retention: { ...retentionOf(), nodeMinutesMs },
  });
  const scans = async (): Promise<number> => {
    const sent = vi.spyOn(redis, "sendCommand");
    const { slots } = await own.totals({
      fromMs: attachedAtMs,
      toMs: attachedAtMs + 600_000,
      stepMs: 60_000,
      origins: ["app"],
      nodeIds: null,
    });
    expect(slots[0]?.calls).toBe(3);
    const count = sent.mock.calls.filter(([{ name }]) => name === "hscan").length;
    sent.mockRestore();
    return count;
  };
  expect(await scans()).toBe(10);
  nowMs += 2_000;
  expect(await scans()).toBe(0);
});

describe("data stored by nodes", () => {
  test("is read back exactly, summed over nodes", async () => {
    await asNode("a", () => {
      callAs("app", "note.byId", [1, 2, 3]);
      callAs("app", "note.byId", [9], "GATEWAY_TIMEOUT");
      queryAs("app", "city_by_id", [4, 5]);
      readAs("app", "note.byId", 5, {});
      readAs("app", "note.byId", 2, { outcome: "miss", tier: null, durationMs: 8, loadMs: 6 });
      loadAs("app", "note.byId", [6]);
    });
    await asNode("b", () => {
      callAs("app", "note.byId", [7]);
      callAs("lab", "note.search", [20, 30]);
      queryAs("job", "city_by_id", [6, 2_000]);
      readAs("app", "note.byId", 3, { tier: "l2" });
      readAs("app", "note.byId", 1, { outcome: "coalesced", tier: null });
      loadAs("app", "note.byId", [7], false);
      loadAs("job", "folder.all", [9]);
      readAs("app", "folder.stats", 4, { outcome: "negative" });
    });

    for (const request of [fiveMinutes, oneHour]) {
      const seen = await reader.overview(request);
      const byId = seen.procedures.get("note.byId");
      expect([byId?.ok.count, byId?.ok.sumMs, byId?.ok.maxMs]).toEqual([4, 13, 7]);
      expect([byId?.failed.count, [...(byId?.errorCodes ?? [])]]).toEqual([1, [["GATEWAY_TIMEOUT", 1]]]);
      expect(seen.procedures.get("note.search")?.count).toBe(2);

      const statement = seen.statements.get("city_by_id");
      expect([statement?.count, statement?.errors, statement?.rows]).toEqual([4, 1, 12]);
      expect([statement?.durations.sumMs, statement?.waits.sumMs]).toEqual([2_015, 201.5]);
      expect(seen.texts.get("city_by_id")?.text).toBe("select city_by_id where id = $1");

      expect([...(seen.cacheGroups.get("note.byId")?.endings() ?? [])]).toEqual([
        { outcome: "hit", tier: "l1", count: 5 },
        { outcome: "hit", tier: "l2", count: 3 },
        { outcome: "coalesced", tier: null, count: 1 },
        { outcome: "miss", tier: null, count: 2 },
      ]);
      const loads = ["note.byId", "folder.all", "folder.stats"].map((group) => seen.cacheGroups.get(group)?.loads);
      expect(loads.map((times) => [times?.count, times?.sumMs])).toEqual([
        [2, 13],
        [1, 9],
        [0, 0],
      ]);
      expect(seen.cacheGroups.get("folder.stats")?.hits.count).toBe(4);
      expect(seen.nodes).toEqual([
        { id: "a", lastSeenMs: start, stopped: true },
        { id: "b", lastSeenMs: start, stopped: true },
      ]);
      expect(seen.slots.at(-1)).toEqual({
        outcomes: { hitL1: 5, hitL2: 3, coalesced: 1, stale: 0, negative: 4, miss: 2, error: 0, bypass: 0 },
        calls: 7,
        errors: 1,
        statements: 4,
      });
      expect([seen.dropped, seen.undecodable]).toEqual([0, 0]);
    }
  });

  test("yields fleet percentiles within five percent of the raw durations", async () => {
    const onA = spread(900, 0.05, 40);
    const onB = spread(300, 30, 60_000);
    await asNode("a", () => callAs("app", "note.search", onA));
    await asNode("b", () => callAs("app", "note.search", onB));
    const merged = (await reader.overview(fiveMinutes)).procedures.get("note.search")?.ok;
    for (const q of [0.01, 0.5, 0.75, 0.95, 0.99, 1]) {
      const exact = exactQuantile([...onA, ...onB], q);
      const error = Math.abs((merged?.quantile(q) ?? Number.NaN) - exact) / exact;
      expect(error, `p${q * 100}`).toBeLessThanOrEqual(0.05);
    }
  });

  test("shows a stopped node as a gap and an idle node as zero", async () => {
    const telemetry = attach("a");
    callAs("app", "note.byId", [1]);
    await telemetry.flush();
    nowMs += 5_000;
    await telemetry.flush();
    await telemetry.close();
    nowMs += 10_000;
    const { slots } = await reader.overview(fiveMinutes);
    expect(slots).toHaveLength(60);
    expect(slots.slice(-4).map((slot) => slot && slot.calls)).toEqual([1, 0, null, null]);
    expect(slots.slice(0, -4)).toEqual(Array.from({ length: 56 }, () => null));
  });

  test("keeps counts from before a restart within the same slot", async () => {
    await asNode("a", () => callAs("app", "note.byId", [1, 2]));
    await asNode("a", () => callAs("app", "note.byId", [3]));
    const seen = await reader.overview(oneHour);
    expect(seen.procedures.get("note.byId")?.count).toBe(3);
    expect(seen.nodes).toHaveLength(1);
  });

  test("excludes origins that were not requested", async () => {
    await asNode("a", () => {
      callAs("app", "note.byId", [1]);
      callAs("admin", "insights.overview", [5, 5]);
    });
    expect([...(await reader.overview(fiveMinutes)).procedures.keys()]).toEqual(["note.byId"]);
    const all = await reader.overview({ ...fiveMinutes, origins: ["app", "admin", "job", "lab"] });
    expect([...all.procedures].map(([name, { count }]) => [name, count])).toEqual([
      ["note.byId", 1],
      ["insights.overview", 2],
    ]);
    expect(all.slots.at(-1)?.calls).toBe(3);
  });

  test("is skipped and counted when damaged or of another version", async () => {
    await asNode("a", () => callAs("app", "note.byId", [1, 2]));
    const key = slotKey(keyPrefix, coarseTier, start);
    const fields = Object.entries(await redis.hgetallBuffer(key));
    const blob = fields.find(([field]) => !isSummaryField(field))?.[1];
    const newer = Buffer.from(blob ?? []);
    newer.writeUInt8(99, 0);
    const damaged = Buffer.from(blob ?? []);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 3) ^ 1, damaged.length - 3);
    await redis.hset(key, { "b#1": newer, "c#1": damaged, "d#1": Buffer.of() });
    const seen = await reader.overview(oneHour);
    expect([seen.undecodable, seen.procedures.get("note.byId")?.count, seen.nodes.length]).toEqual([3, 2, 1]);
  });

  test("expires with its tier", async () => {
    await asNode("a", () => queryAs("app", "city_by_id", [1]));
    const [fine, coarse, texts] = await Promise.all([
      redis.pttl(slotKey(keyPrefix, fineTier, start)),
      redis.pttl(slotKey(keyPrefix, coarseTier, start)),
      redis.pttl(textsKey(keyPrefix, "a")),
    ]);
    expect(Math.ceil(fine / 60_000)).toBe(16);
    expect(Math.ceil(coarse / 60_000)).toBe(182);
    expect(Math.ceil(texts / 60_000)).toBe(1_440);
    expect(await redis.keys(`${keyPrefix}*`)).toHaveLength(3);
  });

  test("is read once a second for all callers, and texts only for new names", async () => {
    await asNode("a", () => queryAs("app", "city_by_id", [1]));
    const pipelines = vi.spyOn(redis, "pipeline");
    await Promise.all(Array.from({ length: 50 }, () => reader.overview(fiveMinutes)));
    const first = pipelines.mock.calls.length;
    nowMs += 1_000;
    await reader.overview(fiveMinutes);
    // The summaries and the changed slots; the texts are cached.
    expect(pipelines.mock.calls.length - first).toBeLessThan(first);
    expect(first).toBeLessThanOrEqual(4);
  });

  test("rejects steps that no tier has and more buckets than the limit", async () => {
    await expect(reader.overview({ ...fiveMinutes, stepMs: 1_000 })).rejects.toThrow(RangeError);
    await expect(reader.overview({ ...fiveMinutes, stepMs: 61_000 })).rejects.toThrow(RangeError);
    await expect(reader.overview({ ...oneHour, rangeMs: 2_001 * 60_000 })).rejects.toThrow(RangeError);
  });

  test("reports what is no longer kept", async () => {
    const { coverage, slots } = await reader.overview({ ...fiveMinutes, rangeMs: 3_600_000 });
    const end = start - fineTier.keepMs;
    expect(coverage.missing).toEqual([{ fromMs: start + 5_000 - 3_600_000, toMs: end, why: "not-kept" }]);
    expect(slots).toHaveLength(720);
  });
});
