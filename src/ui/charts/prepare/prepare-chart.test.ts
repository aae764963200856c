import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAloud } from "../../format/numbers";
import type { ChartSource, LinesSource, StackSource } from "../chart-source";
import { prepareChart } from "./prepare-chart";
import type { PrepareView } from "./prepared";
import { clockOf } from "./time-axis";

const from = "2026-01-01T12:00:00.000Z";
const fromSeconds = Date.parse(from) / 1000;
const after = (seconds: number): string => new Date((fromSeconds + seconds) * 1000).toISOString();

const view = (more: Partial<PrepareView> = {}): PrepareView => ({
  widthPx: 800,
  heightPx: 200,
  clock: clockOf("UTC"),
  nowSeconds: fromSeconds,
  hidden: new Set(),
  ...more,
});

type Values = readonly (number | null)[];
const lines = (values: Values, more: Partial<LinesSource> = {}): LinesSource => ({
  shape: "lines",
  title: "Query latency",
  unit: "ms",
  from,
  to: after(values.length * 5),
  stepMs: 5_000,
  series: [{ id: "p95", label: "p95", values }],
  ...more,
});
const stack = (rows: readonly Values[], more: Partial<StackSource> = {}): StackSource => ({
  shape: "stack",
  title: "Cache reads",
  unit: "count",
  totalLabel: "reads",
  from,
  to: after((rows[0]?.length ?? 0) * 5),
  stepMs: 5_000,
  series: rows.map((values, index) => ({ id: `s${index}`, label: `Part ${index}`, values })),
  ...more,
});

const layersOf = (source: ChartSource) => prepareChart(source, view()).layers.map(({ kind, values }) => [kind, values]);

describe("lines", () => {
  it("leaves a gap where nothing was measured, merges adjacent gaps, and shows a lone value as a dot", () => {
    const chart = prepareChart(lines([1, 1, null, null, 3, null]), view());
    expect(chart.layers).toHaveLength(1);
    expect(chart.layers[0]).toMatchObject({ values: [1, 1, null, null, 3, null], dots: [4] });
    expect(chart.gaps).toEqual([
      { from: fromSeconds + 10, to: fromSeconds + 20 },
      { from: fromSeconds + 25, to: fromSeconds + 30 },
    ]);
    expect(chart.times[0]).toBe(fromSeconds + 2.5);
    expect(chart.notes.join(" ")).toContain("Hatched: nothing was reported");
  });

  it("draws the step into an interval that is still filling on its own, and no other", () => {
    const source = lines([1, 2, 3], { to: after(11) });
    expect(layersOf(source)).toEqual([
      ["filling", [null, 2, 3]],
      ["line", [1, 2, null]],
    ]);
    expect(prepareChart(source, view()).wordsAt(2)).toBe("12:00:10–12:00:15, incomplete");
    expect(layersOf(lines([1, 2, 3]))).toEqual([["line", [1, 2, 3]]]);
  });

  it("fades the steps on both sides of an interval with fewer than twenty samples", () => {
    const source = lines([1, 2, 3, 4, 5], { samples: [20, 20, 19, 20, 20] });
    expect(layersOf(source)).toEqual([
      ["faint", [null, 2, 3, 4, null]],
      ["line", [1, 2, null, 4, 5]],
    ]);
    expect(prepareChart(source, view()).wordsAt(2)).toBe("12:00:10–12:00:15, 19 samples");
  });

  it("matches the period before by its place in it, and scales counts of wider intervals", () => {
    const same = lines([1, 2, 3, 4], {
      series: [{ id: "a", label: "A", values: [1, 2, 3, 4], before: [9, 8, 7, 6] }],
      before: { from: after(-20), stepMs: 5_000 },
    });
    expect(layersOf(same)[0]).toEqual(["ghost", [9, 8, 7, 6]]);
    const wider = lines([1, 2, 3, 4], {
      unit: "count",
      series: [{ id: "a", label: "A", values: [1, 2, 3, 4], before: [20, 40] }],
      before: { from: after(-20), stepMs: 10_000 },
    });
    expect(layersOf(wider)[0]).toEqual(["ghost", [10, 10, 20, 20]]);
    const [entry] = prepareChart(wider, view()).legend;
    expect(readAloud(entry?.beforeAt(3) ?? { value: "", unit: "" })).toBe("20");
  });

  it("never averages percentiles: without a selection it shows the last complete interval, or the value it was given", () => {
    const chart = prepareChart(lines([1, 2, 3], { to: after(11) }), view());
    expect(readAloud(chart.legend[0]?.valueAt(null) ?? { value: "", unit: "" })).toBe("2.00 ms");
    expect(chart.wordsAt(null)).toBe("Last: 12:00:05–12:00:10");
    const given = prepareChart(
      lines([], { series: [{ id: "p95", label: "p95", values: [1, 2], overall: 1.4 }] }),
      view(),
    );
    expect(readAloud(given.legend[0]?.valueAt(null) ?? { value: "", unit: "" })).toBe("1.40 ms");
    expect(given.wordsAt(null)).toBe("Whole range");
  });

  it("includes a threshold that is near, and names one that would flatten the lines", () => {
    const chart = prepareChart(
      lines([10, 12], {
        thresholds: [
          { value: 20, label: "Watch", level: "watch" },
          { value: 1_000, label: "Act", level: "act" },
        ],
      }),
      view(),
    );
    expect(chart.thresholds.map(({ label }) => label)).toEqual(["Watch"]);
    expect(chart.y.max).toBeGreaterThanOrEqual(20);
    expect(chart.y.max).toBeLessThan(1_000);
    expect(chart.notes).toContain("Act (1.00 s) is above this chart.");
  });

  it("describes itself: minimum, maximum with its time, last value, trend", () => {
    const values = [2, 2, 2, 4, 10, 40, 30, 28, 26];
    expect(prepareChart(lines(values), view()).summary).toBe(
      "Query latency. p95: min 2.00 ms, max 40.0 ms at 12:00:25, last 26.0 ms, rising.",
    );
    expect(prepareChart(lines([null, null]), view()).summary).toBe("Query latency. No values in this range.");
  });

  it("leaves a hidden series out of the scale and the drawing, and keeps its colour and its place in the legend", () => {
    const source = lines([], {
      to: after(10),
      series: [
        { id: "a", label: "A", values: [1, 2] },
        { id: "b", label: "B", values: [500, 400] },
      ],
    });
    const chart = prepareChart(source, view({ hidden: new Set(["b"]) }));
    expect(chart.y.max).toBeLessThan(10);
    expect(chart.layers).toHaveLength(1);
    expect(chart.legend.map(({ id, isShown }) => [id, isShown])).toEqual([
      ["a", true],
      ["b", false],
    ]);
    expect(chart.legend[1]?.look).toEqual(prepareChart(source, view()).legend[1]?.look);
  });

  it("draws each finite value exactly where it belongs, whatever is missing, low or filling", () => {
    const value = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, fc.nat(40)), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (intervals, fills) => {
          const values = intervals.map(([one]) => one);
          const length = values.length;
          const chart = prepareChart(
            lines(values, { samples: intervals.map(([, count]) => count), to: after(length * 5 - (fills ? 2 : 0)) }),
            view(),
          );
          for (const [index, one] of values.entries()) {
            const drawn = chart.layers.flatMap((layer) => layer.values[index] ?? []);
            expect(new Set(drawn)).toEqual(new Set(one === null ? [] : [one]));
            expect(chart.y.max).toBeGreaterThanOrEqual(one ?? 0);
          }
          const missing = chart.gaps.reduce((sum, gap) => sum + (gap.to - gap.from) / 5, 0);
          expect(missing).toBe(values.filter((one) => one === null).length);
        },
      ),
    );
  });
});

describe("stack", () => {
  it("stacks in order, draws the highest first, and nothing where a part adds nothing", () => {
    const chart = prepareChart(
      stack([
        [3, 0],
        [2, 0],
        [0, 1],
      ]),
      view(),
    );
    expect(chart.layers.map(({ values }) => values)).toEqual([
      [null, 1],
      [5, null],
      [3, null],
    ]);
    expect(chart.totalAt(0)).toBe("5 reads");
    expect(chart.totalAt(null)).toBe("6 reads");
    expect(readAloud(chart.legend[0]?.shareAt(0) ?? { value: "", unit: "" })).toBe("60.0 %");
  });

  it("shows a missing interval as a gap and an empty one as zero", () => {
    const chart = prepareChart(stack([[null, 0, 4]]), view());
    expect(chart.gaps).toEqual([{ from: fromSeconds, to: fromSeconds + 5 }]);
    expect(chart.wordsAt(0)).toBe("12:00:00–12:00:05, nothing reported");
    expect(chart.totalAt(1)).toBe("0 reads");
    expect(chart.rows.map(({ cells }) => cells)).toEqual([["4", "4"], ["0", "0"], null]);
  });

  it("fades a chart of fewer than twenty samples, but not an empty one", () => {
    const faded = (count: number) => prepareChart(stack([[count]], { samples: [count] }), view()).isFaded;
    expect([19, 20, 0].map(faded)).toEqual([true, false, false]);
  });

  it("says the totals and the facts it was given", () => {
    const source = stack([[1_000], [2]], { facts: ["Hit rate 99.8 %."] });
    expect(prepareChart(source, view()).summary).toBe(
      "Cache reads. 1,002 reads: Part 0 1,000, Part 1 2. Hit rate 99.8 %.",
    );
  });

  it("never decreases within a stack, and ends at the sum", () => {
    const column = fc.array(fc.nat(1_000), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 30 }), (columns) => {
        const rows = [0, 1, 2].map((row) => columns.map((one) => one[row] ?? 0));
        const chart = prepareChart(stack(rows), view());
        for (const [index, one] of columns.entries()) {
          const tops = chart.layers.toReversed().flatMap(({ values }) => values[index] ?? []);
          expect(tops).toEqual(tops.toSorted((a, b) => a - b));
          expect(tops.at(-1) ?? 0).toBe(one.reduce((sum, value) => sum + value, 0));
        }
      }),
    );
  });
});

describe("markers", () => {
  const marker = (seconds: number, more = {}) => ({
    id: String(seconds),
    at: after(seconds),
    kind: "deploy" as const,
    label: "1.4.0",
    sentence: "Deployed 1.4.0",
    ...more,
  });

  it("are placed in their interval, and left out beyond the chart", () => {
    const markers = [marker(10), marker(4.999), marker(-1), marker(5)];
    const chart = prepareChart(lines([1, 2], { markers }), view());
    expect(chart.markers.map(({ id, index, at }) => [id, index, at])).toEqual([
      ["4.999", 0, fromSeconds + 4.999],
      ["5", 1, fromSeconds + 5],
    ]);
    expect(chart.summary).toContain(" 2 markers.");
  });

  it("are kept when they began before the chart and last into it", () => {
    const chart = prepareChart(lines([1, 2], { markers: [marker(-60, { until: after(3) })] }), view());
    expect(chart.markers).toEqual([expect.objectContaining({ index: 0, until: fromSeconds + 3 })]);
  });

  it("that could not be read are said to be missing", () => {
    expect(prepareChart(lines([1], { markers: null }), view()).notes.join(" ")).toContain("no events are marked");
  });
});

describe("heat map", () => {
  const edgesMs = [1, 2, 4, 8];
  const source = (counts: readonly (readonly number[] | null)[]): ChartSource => ({
    shape: "heatMap",
    title: "Request latency",
    from,
    to: after(counts.length * 5),
    stepMs: 5_000,
    edgesMs,
    counts,
  });

  it("shows the bands that hold anything with one free on either side, stronger where more fell", () => {
    const chart = prepareChart(source([[0, 100, 1, 0, 0], null, [0, 0, 0, 0, 0]]), view());
    expect(chart.y.max).toBe(4);
    expect(chart.cells).toEqual([
      { index: 0, band: 1, strength: 5 },
      { index: 0, band: 2, strength: 1 },
    ]);
    expect(chart.gaps).toHaveLength(1);
    expect(chart.columns).toEqual(["≤ 1 ms", "≤ 2 ms", "≤ 4 ms", "≤ 8 ms", "All"]);
    expect(chart.rows.at(-1)?.cells).toEqual(["0", "100", "1", "0", "101"]);
  });

  it("names the band of each percentile, at the crosshair and over the whole range", () => {
    const chart = prepareChart(source([[0, 50, 45, 0, 5]]), view());
    const said = chart.legend.map((entry) => `${entry.label} ${readAloud(entry.valueAt(null))}`);
    expect(said).toEqual(["p50 up to 2 ms", "p95 up to 4 ms", "p99 over 8 ms"]);
  });
});
