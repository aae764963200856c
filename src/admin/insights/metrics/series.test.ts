import { describe, expect, test } from "vitest";
import { insightsSeriesInput, seriesFields, type SeriesKind, type WantedSeries } from "../contract/series";
import { createSeries } from "@weir/telemetry";
import { bandsOf, drawHeatMap, drawValues, unitOf } from "./series";

const time = { fromMs: 0, stepMs: 5_000, asOfMs: 12_000 };
const statement = (durationsMs: number[], ok = true) => {
  const series = createSeries.sql();
  for (const durationMs of durationsMs) {
    series.record({ statement: "", text: "", waitMs: 0, durationMs, rows: 1, ok });
  }
  return series;
};
const draw = (wanted: WantedSeries) =>
  drawValues(wanted, [statement([1, 2, 3, 4, 90]), null, null, statement([8, 8])], [true, true, false, true], {
    ...time,
    asOfMs: 17_000,
  });
const sql = (field: Extract<WantedSeries, { kind: "sql" }>["field"]): WantedSeries => ({
  kind: "sql",
  name: "s",
  field,
});

describe("a drawn series", () => {
  test("is zero where nodes reported no activity, and a gap where none reported", () => {
    expect(draw(sql("count"))).toEqual([5, 0, null, 2]);
    expect(draw(sql("errors"))).toEqual([0, 0, null, 0]);
    // Two seconds of the last bucket have elapsed.
    expect(draw(sql("perSecond"))).toEqual([1, 0, null, 1]);
  });

  test("has no percentile, mean or ratio without samples", () => {
    expect(draw(sql("p50Ms"))).toEqual([expect.closeTo(3, 0), null, null, expect.closeTo(8, 0)]);
    expect(draw(sql("maxMs"))).toEqual([90, null, null, 8]);
    expect(draw(sql("meanMs"))).toEqual([20, null, null, 8]);
    expect(draw(sql("errorRatio"))).toEqual([0, null, null, 0]);
  });

  test("of a process is a gap where the process did not report", () => {
    const pool = createSeries.pool();
    const sample = {
      max: 4,
      inUse: 2,
      queued: 0,
      inUsePeak: 3,
      queuedPeak: 1,
      refused: 0,
      expired: 0,
      longestHeldMs: 7,
    };
    pool.record(sample);
    pool.record({ ...sample, inUse: 1 });
    const of = (field: Extract<WantedSeries, { kind: "pool" }>["field"]) =>
      drawValues({ kind: "pool", name: "database", field }, [pool, null], [true, true], time);
    expect(of("inUseMean")).toEqual([1.5, null]);
    expect(of("inUsePeak")).toEqual([3, null]);
    expect(of("waitP95Ms")).toEqual([null, null]);
  });

  test("exists for every field of the contract", () => {
    for (const kind of Object.keys(seriesFields) as SeriesKind[]) {
      for (const field of seriesFields[kind]) {
        const [wanted] = insightsSeriesInput.parse({ wanted: [{ kind, name: "x", field }] }).wanted;
        if (wanted === undefined) throw new Error(`${kind}.${field} was rejected.`);
        expect(unitOf(wanted)).toMatch(/^(count|perSecond|ratio|ms|bytes|number)$/);
        const [value] = drawValues(wanted, [createSeries[kind]()], [true], time);
        expect(value === null || Number.isFinite(value)).toBe(true);
      }
    }
  });

  test("is requested within bounds, and an unknown field is rejected with the list of valid ones", () => {
    const wanted = { kind: "sql", name: "s", field: "count" };
    expect(insightsSeriesInput.safeParse({ wanted: Array.from({ length: 11 }, () => wanted) }).success).toBe(false);
    expect(insightsSeriesInput.safeParse({ wanted: [{ ...wanted, kind: "nothing" }] }).success).toBe(false);
    const [issue] = insightsSeriesInput.safeParse({ wanted: [{ ...wanted, field: "hitRatio" }] }).error?.issues ?? [];
    expect(issue?.message).toMatch(/^A field of sql must be one of count, /);
  });
});

describe("a heat map", () => {
  test("counts every duration in its band", () => {
    const { edgesMs, counts } = drawHeatMap(
      { kind: "sql", name: "s" },
      [statement([0.01, 1, 1.1, 100_000]), null],
      [true, true, false],
    );
    expect(counts[0]).toHaveLength(edgesMs.length + 1);
    const inBand = (edge: number) => counts[0]?.[edgesMs.indexOf(edge)];
    expect([inBand(2 ** -5), inBand(1), inBand(2), counts[0]?.at(-1)]).toEqual([1, 1, 1, 1]);
    expect(counts[1]?.every((count) => count === 0)).toBe(true);
    expect(counts[2]).toBeNull();
  });

  test("loses nothing", () => {
    const { durations } = statement(Array.from({ length: 500 }, (_, index) => 1.05 ** index / 1e4));
    expect(bandsOf(durations).reduce((sum, count) => sum + count, 0)).toBe(500);
  });
});
