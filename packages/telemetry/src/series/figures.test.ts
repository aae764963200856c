import { expect, test } from "vitest";
import type { CacheReadMessage } from "@weir/core/channels";
import { CacheSeries } from "./cache-series";
import { Callers } from "./callers";
import { ObserverSeries } from "./observer-series";
import { ProcessSeries } from "./process-series";
import { RpcSeries } from "./rpc-series";
import { TopMembers } from "./top-members";

const read: CacheReadMessage = { type: "read", group: "g", outcome: "hit", tier: "l1", durationMs: 1, loadMs: null };
const load = { type: "load", group: "g", ok: true, keys: 1, background: false } as const;

test("the database is spared the hits times what a load takes longer than a hit", () => {
  const series = new CacheSeries();
  for (let hit = 0; hit < 10; hit += 1) series.record(read);
  series.record({ ...read, outcome: "miss", tier: null, durationMs: 50, loadMs: 41 });
  expect(series.databaseTimeSavedMs).toBeNull();
  series.recordLoad({ ...load, durationMs: 41 });
  expect(series.databaseTimeSavedMs).toBeGreaterThan(10 * 40 * 0.9);
  expect(series.databaseTimeSavedMs).toBeLessThan(10 * 40 * 1.1);
});

test("a load that is faster than the cache spares nothing, and is no loss", () => {
  const series = new CacheSeries();
  series.record({ ...read, durationMs: 5 });
  series.recordLoad({ ...load, durationMs: 0.5 });
  expect(series.databaseTimeSavedMs).toBe(0);
});

test("fills that were refused because of an invalidation are told from those that nobody wanted", () => {
  const series = new CacheSeries();
  for (const reason of ["stale", "unwanted", null, null] as const) {
    series.recordFill({ type: "fill", group: "g", bytes: reason === null ? 100 : 0, stored: reason === null, reason });
  }
  expect([series.fills, series.fillBytes, series.rejectedFills]).toEqual([2, 200, 1]);
});

test("callers beyond the cap share one row, and nothing is lost", () => {
  const callers = new Callers();
  for (let caller = 0; caller < 40; caller += 1) callers.record(`p${caller}`, 2);
  callers.record(null, 1);
  callers.record("p0", 3);
  const { shares } = callers;
  expect(shares).toHaveLength(17);
  expect(shares.find(({ procedure }) => procedure === "p0")).toEqual({ procedure: "p0", count: 2, sumMs: 5 });
  expect(shares[0]).toEqual({ procedure: "(other)", count: 25, sumMs: 49 });
  expect(shares.reduce((sum, { count }) => sum + count, 0)).toBe(42);
});

test("calls of a procedure that did not send statements count as such", () => {
  const series = new RpcSeries();
  const call = { procedure: "p", type: "query", durationMs: 1, ok: true, errorCode: null } as const;
  series.record({ ...call, counts: { cacheReads: 1, statements: 0, poolWaitMs: 0, sqlMs: 0 }, inFlight: 3 });
  series.record({ ...call, counts: { cacheReads: 2, statements: 4, poolWaitMs: 1.5, sqlMs: 6 }, inFlight: 7 });
  series.record(call);
  expect([series.statements.count, series.statements.sum, series.statements.max]).toEqual([2, 4, 4]);
  expect([series.cacheReads.sum, series.poolWaitNs, series.sqlNs, series.inFlightPeak]).toEqual([3, 1.5e6, 6e6, 7]);
});

test("the most frequent members are found among many, and merging keeps what is certain", () => {
  const left = new TopMembers();
  const right = new TopMembers();
  for (let round = 0; round < 300; round += 1) {
    left.add("city:1", 1);
    right.add("city:2", 1);
    left.add(`city:rare${round}`, 1);
    right.add(`city:rare${round + 150}`, 1);
  }
  left.merge(right);
  const top = left.top(2);
  expect(top.map(({ name }) => name).toSorted()).toEqual(["city:1", "city:2"]);
  for (const { count, error } of top) {
    expect(count).toBeGreaterThanOrEqual(300);
    expect(count - error).toBeLessThanOrEqual(300);
  }
});

test("utilisation weighs each interval by its length", () => {
  const series = new ProcessSeries();
  const sample = { cpuMs: 10, rssBytes: 100, heapUsedBytes: 50, externalBytes: 10 };
  series.record({ ...sample, elapsedMs: 1_000, utilisation: 1 });
  series.record({ ...sample, elapsedMs: 3_000, utilisation: 0, rssBytes: 300 });
  expect([series.utilisationMean, series.utilisationPeak]).toEqual([0.25, 1]);
  expect([series.meanBytes("rssBytes"), series.peakBytes("rssBytes")]).toEqual([200, 300]);
});

test("the share of CPU that observing takes is recording, flushing and tracing over the time observed", () => {
  const series = new ObserverSeries();
  expect(series.cpuShare).toBeNull();
  for (const [counter, value] of [
    ["elapsedUs", 1_000_000],
    ["recordUs", 2_000],
    ["flushUs", 3_000],
    ["traceUs", 1_000],
  ] as const) {
    series.add(counter, value);
  }
  expect(series.cpuShare).toBeCloseTo(0.006, 9);
});
