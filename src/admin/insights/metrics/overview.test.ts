import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketCount, bucketEdges, Histogram } from "@weir/core/sketches/histogram";
import { createSeries, type TelemetryTotals } from "@weir/telemetry";
import { toObserver, toPool } from "./nodes";
import { foldBeyond, toOverview } from "./overview";
import { toStatementDetail } from "./tables";
import { quietTotals } from "./test-totals";
import { barsOf } from "./timing";

function rpc(durationsMs: number[], errorCode: string | null = null) {
  const series = createSeries.rpc();
  for (const durationMs of durationsMs) {
    series.record({ procedure: "", type: "query", durationMs, ok: errorCode === null, errorCode });
  }
  return series;
}
const withSeries = (series: Partial<TelemetryTotals["series"]>): TelemetryTotals => {
  const quiet = quietTotals();
  return { ...quiet, series: { ...quiet.series, ...series } };
};
const rest = { nodes: [], marks: [] };

describe("the overview", () => {
  test("has the metrics of all calls, and null without data", () => {
    const seen = withSeries({
      rpc: new Map([
        ["fast", rpc(Array.from({ length: 99 }, () => 1))],
        ["slow", rpc([1_000], "INTERNAL_SERVER_ERROR")],
      ]),
    });
    const { figures, before } = toOverview("5m", seen, null, rest);
    expect(figures).toMatchObject({
      callsPerSecond: 100 / 60,
      p50Ms: expect.closeTo(1, 1),
      p95Ms: expect.closeTo(1, 1),
      errorRatio: 0.01,
      hitRatio: null,
      poolWaitP95Ms: null,
      eventLoopUtilisation: null,
    });
    // A hundred calls have their 99th percentile within the fast ones; the mean of both series' own would be 500 ms.
    expect(figures.p99Ms).toBeLessThan(1.1);
    expect(before).toBeNull();
  });

  test("is compared with the previous period, absolutely and relatively", () => {
    const now = withSeries({ rpc: new Map([["one", rpc(Array.from({ length: 90 }, () => 2))]]) });
    const was = withSeries({ rpc: new Map([["one", rpc(Array.from({ length: 60 }, () => 1))]]) });
    const { before } = toOverview("5m", now, was, rest);
    expect(before?.figures.callsPerSecond).toBe(1);
    expect(before?.deltas.callsPerSecond).toEqual({ change: 0.5, ratio: 0.5 });
    expect(before?.deltas.errorRatio).toEqual({ change: 0, ratio: null });
    expect(before?.deltas.hitRatio).toBeNull();
  });

  test("has no deltas when no node reported in the previous period", () => {
    const was = { ...quietTotals(), slots: quietTotals().slots.map(() => null) };
    const { before } = toOverview("5m", withSeries({ rpc: new Map([["one", rpc([2])]]) }), was, rest);
    expect(before?.coverage.coveredMs).toBe(0);
    expect(Object.values(before?.deltas ?? {}).every((delta) => delta === null)).toBe(true);
  });

  test("states which time is missing, and what was counted under (other)", () => {
    const seen = quietTotals();
    const fromMs = seen.fromMs;
    const missing = [{ fromMs, toMs: fromMs + 5_000, why: "postgres" as const }];
    const { coverage, capped } = toOverview(
      "5m",
      { ...seen, coverage: { parts: [], missing }, capped: { ...seen.capped, sql: 7, rpc: 1 } },
      null,
      rest,
    );
    expect(coverage.missing).toEqual([
      { from: "2026-01-01T12:00:00.000Z", to: "2026-01-01T12:00:05.000Z", why: "postgres" },
    ]);
    expect(capped).toBe(8);
  });

  test("is computed once per reading for any number of callers", () => {
    const seen = withSeries({ rpc: new Map([["one", rpc([2])]]) });
    expect(toOverview("5m", seen, null, rest).procedures).toBe(toOverview("5m", seen, null, rest).procedures);
  });
});

describe("a statement's detail", () => {
  const sql = (durationsMs: number[]) => {
    const series = createSeries.sql();
    for (const durationMs of durationsMs) {
      series.record({ statement: "", text: "", waitMs: 1, durationMs, rows: 1, ok: true }, "note.list");
    }
    return series;
  };
  const read = { fromMs: 0, stepMs: 5_000, reported: [true, true, false], buckets: [sql([4]), null, null] };

  test("has a trend that distinguishes a gap from zero", () => {
    const seen = withSeries({ sql: new Map([["s", sql([4, 4, 16])]]) });
    const detail = toStatementDetail("s", seen, read);
    expect(detail?.trend).toMatchObject([{ count: 1, meanMs: 4 }, { count: 0, meanMs: null, p95Ms: null }, null]);
    expect(detail?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(detail?.figures).toMatchObject({ count: 3, callers: [{ procedure: "note.list", share: 1 }] });
  });

  test("is null for an unknown statement, and has only a text when just that is stored", () => {
    expect(toStatementDetail("s", quietTotals(), read)).toBeNull();
    const texts = new Map([["s", { text: "select 1", firstSeenMs: null, lastSeenMs: null }]]);
    expect(toStatementDetail("s", { ...quietTotals(), texts }, read)).toMatchObject({
      text: "select 1",
      figures: null,
      histogram: [],
    });
  });
});

test("the bars of a histogram contain every duration between their edges", () => {
  const durations = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(durations, { minLength: 1, maxLength: 50 }), (durationsMs) => {
      const histogram = new Histogram();
      for (const durationMs of durationsMs) histogram.record(durationMs);
      const bars = barsOf(histogram);
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(durationsMs.length);
      expect([bars[0]?.count, bars.at(-1)?.count]).not.toContain(0);
      for (const { fromMs, toMs, count } of bars) {
        const within = durationsMs.filter((ms) => ms > fromMs && (toMs === null || ms <= toMs)).length;
        expect(within).toBe(count);
      }
    }),
  );
  expect(bucketEdges(0).fromMs).toBe(0);
  expect(bucketEdges(bucketCount - 1).toMs).toBeNull();
});

test("the pool has averages, peaks and waits, and the pools of the reporting nodes", () => {
  const pool = createSeries.pool();
  const sample = {
    max: 4,
    inUse: 2,
    queued: 1,
    inUsePeak: 4,
    queuedPeak: 9,
    refused: 1,
    expired: 2,
    longestHeldMs: 70,
  };
  pool.record(sample);
  pool.record({ ...sample, inUse: 4 });
  for (const waitMs of [0, 0, 10]) pool.recordWait(waitMs);
  expect(toPool(new Map([["database", pool]]), [])).toMatchObject({
    wait: { count: 3, maxMs: 10 },
    inUseMean: 3,
    inUsePeak: 4,
    queuedPeak: 9,
    max: 4,
    longestHeldMs: 70,
    refused: 2,
    expired: 4,
  });
  expect(toPool(new Map(), [])).toMatchObject({ wait: { count: 0, p95Ms: null }, inUseMean: null, inUsePeak: 0 });
});

test("the observer reports what telemetry costs, misses and stores", () => {
  const observer = createSeries.observer();
  observer.add("flushes", 2);
  observer.add("elapsedUs", 2e6);
  observer.add("flushUs", 15_000);
  observer.add("recordUs", 5_000);
  observer.add("slotsLate", 1);
  observer.add("fineBytes", 300);
  const seen = withSeries({ observer: new Map([["observer", observer]]) });
  expect(toObserver({ ...seen, dropped: 3, capped: { ...seen.capped, tag: 5 } })).toMatchObject({
    cpuShare: 0.01,
    dropped: 3,
    capped: [{ kind: "tag", messages: 5 }],
    slotsLate: 1,
    bytes: { fine: 300, coarse: 0 },
  });
  expect(toObserver(quietTotals())).toMatchObject({ cpuShare: null, capped: [], messages: 0 });
});

function statement(durationMs: number) {
  const series = createSeries.sql();
  series.record({ statement: "", text: "", waitMs: 0, durationMs, rows: 1, ok: true });
  return series;
}
const options = {
  create: createSeries.sql,
  weightOf: ({ durations }: ReturnType<typeof statement>) => durations.sumMs,
};
const summed = (series: Iterable<ReturnType<typeof statement>>) =>
  [...series].reduce((sum, { durations }) => sum + durations.sumMs, 0);

test("series beyond the heaviest are combined, and nothing is lost", () => {
  const series = new Map(Array.from({ length: 30 }, (_, index) => [`s${index}`, statement(index + 1)]));
  series.set("(other)", statement(1_000));
  const folded = foldBeyond(series, 5, options);
  expect([...folded.keys()]).toEqual(["s29", "s28", "s27", "s26", "(other)"]);
  expect(summed(folded.values())).toBe(summed(series.values()));
  expect(folded.get("(other)")?.count).toBe(27);
  // Other callers share the reading.
  expect([series.size, series.get("(other)")?.count]).toEqual([31, 1]);
});

test("few series stay unchanged", () => {
  const series = new Map([["a", statement(1)]]);
  expect(foldBeyond(series, 1, options)).toBe(series);
});
