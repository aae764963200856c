import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "@weir/core/sketches/bytes";
import { createSeries, type Kind, kinds, type SeriesOf } from "./kinds";
import type { Series } from "./fields";
import { eventsOf } from "./test-messages";
import type { CacheReadMessage } from "@weir/core/channels";
import { CacheSeries, TopMembers } from "./cache";
import { Callers } from "./sql";
import { ObserverSeries } from "./observer";
import { ProcessSeries } from "./process";
import { RpcSeries } from "./rpc";

/** Everything a series holds, in a comparable form. */
function contents(series: Series): string {
  const writer = new ByteWriter();
  series.write(writer);
  return Buffer.from(writer.view()).toString("hex");
}

function readerOf(series: Series): ByteReader {
  return new ByteReader(Buffer.from(contents(series), "hex"));
}

function describeKind<K extends Kind>(kind: K, create: () => SeriesOf[K]): void {
  const events = fc.array(eventsOf[kind], { maxLength: 30 });
  type Events = readonly ((series: SeriesOf[K]) => void)[];

  function record(happened: Events, into: SeriesOf[K] = create()): SeriesOf[K] {
    for (const event of happened) event(into);
    return into;
  }

  describe(`a series of kind ${kind}`, () => {
    test("merging in memory or encoded equals recording the union", () => {
      fc.assert(
        fc.property(events, events, (left, right) => {
          const merged = record(left);
          merged.merge(record(right) as never); // Same kind.
          const decoded = create();
          decoded.mergeEncoded(readerOf(record(left)));
          const reader = readerOf(record(right));
          decoded.mergeEncoded(reader);
          expect(reader.done).toBe(true);
          const union = record([...left, ...right]);
          expect([contents(merged), contents(decoded)]).toEqual([contents(union), contents(union)]);
          expect([merged.count, decoded.count]).toEqual([union.count, union.count]);
        }),
      );
    });

    test("a reset leaves it like new", () => {
      fc.assert(
        fc.property(events, events, (earlier, later) => {
          const series = record(earlier);
          series.reset();
          expect([series.isEmpty, series.count, contents(series)]).toEqual([true, 0, contents(create())]);
          expect(contents(record(later, series))).toBe(contents(record(later)));
        }),
      );
    });

    test("it is empty only while it holds nothing", () => {
      fc.assert(
        fc.property(events, (happened) => {
          const series = record(happened);
          expect(series.isEmpty).toBe(contents(series) === contents(create()));
        }),
      );
    });
  });
}

for (const kind of kinds) describeKind(kind, createSeries[kind]);

const read: CacheReadMessage = { type: "read", group: "g", outcome: "hit", tier: "l1", durationMs: 1, loadMs: null };
const load = { type: "load", group: "g", ok: true, keys: 1, background: false } as const;

test("saved database time is hits times the difference between load and hit", () => {
  const series = new CacheSeries();
  for (let hit = 0; hit < 10; hit += 1) series.record(read);
  series.record({ ...read, outcome: "miss", tier: null, durationMs: 50, loadMs: 41 });
  expect(series.databaseTimeSavedMs).toBeNull();
  series.recordLoad({ ...load, durationMs: 41 });
  expect(series.databaseTimeSavedMs).toBeGreaterThan(10 * 40 * 0.9);
  expect(series.databaseTimeSavedMs).toBeLessThan(10 * 40 * 1.1);
});

test("a load faster than the cache saves nothing and is not a loss", () => {
  const series = new CacheSeries();
  series.record({ ...read, durationMs: 5 });
  series.recordLoad({ ...load, durationMs: 0.5 });
  expect(series.databaseTimeSavedMs).toBe(0);
});

test("fills rejected by an invalidation are distinct from values left unstored for another reason", () => {
  const series = new CacheSeries();
  for (const reason of ["stale", "unwanted", null, null] as const) {
    series.recordFill({ type: "fill", group: "g", bytes: reason === null ? 100 : 0, stored: reason === null, reason });
  }
  expect([series.fills, series.fillBytes, series.rejectedFills]).toEqual([2, 200, 1]);
});

test("callers beyond the cap share one row and nothing is lost", () => {
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

test("calls that sent no statements count as zero", () => {
  const series = new RpcSeries();
  const call = { procedure: "p", type: "query", durationMs: 1, ok: true, errorCode: null } as const;
  series.record({ ...call, counts: { cacheReads: 1, statements: 0, poolWaitMs: 0, sqlMs: 0 }, inFlight: 3 });
  series.record({ ...call, counts: { cacheReads: 2, statements: 4, poolWaitMs: 1.5, sqlMs: 6 }, inFlight: 7 });
  series.record(call);
  expect([series.statements.count, series.statements.sum, series.statements.max]).toEqual([2, 4, 4]);
  expect([series.cacheReads.sum, series.poolWaitNs, series.sqlNs, series.inFlightPeak]).toEqual([3, 1.5e6, 6e6, 7]);
});

test("finds the most frequent of many members, and merging keeps the error bound", () => {
  const left = new TopMembers();
  const right = new TopMembers();
  for (let round = 0; round < 300; round += 1) {
    left.add("note:1", 1);
    right.add("note:2", 1);
    left.add(`note:rare${round}`, 1);
    right.add(`note:rare${round + 150}`, 1);
  }
  left.merge(right);
  const top = left.top(2);
  expect(top.map(({ name }) => name).toSorted()).toEqual(["note:1", "note:2"]);
  for (const { count, error } of top) {
    expect(count).toBeGreaterThanOrEqual(300);
    expect(count - error).toBeLessThanOrEqual(300);
  }
});

test("utilisation weights each interval by its length", () => {
  const series = new ProcessSeries();
  const sample = { cpuMs: 10, rssBytes: 100, heapUsedBytes: 50, externalBytes: 10 };
  series.record({ ...sample, elapsedMs: 1_000, utilisation: 1 });
  series.record({ ...sample, elapsedMs: 3_000, utilisation: 0, rssBytes: 300 });
  expect([series.utilisationMean, series.utilisationPeak]).toEqual([0.25, 1]);
  expect([series.meanBytes("rssBytes"), series.peakBytes("rssBytes")]).toEqual([200, 300]);
});

test("CPU share is recording, flushing and tracing divided by observed time", () => {
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
