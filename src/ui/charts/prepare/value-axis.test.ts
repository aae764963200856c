import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAloud } from "../../format/numbers";
import type { ChartUnit } from "../chart-source";
import { readingOf, valueAxis } from "./value-axis";

const labels = (unit: ChartUnit, highest: number): string[] =>
  valueAxis(unit, highest, 5).ticks.map(({ label }) => label);

describe("valueAxis", () => {
  it("has round steps with the unit of the largest label", () => {
    expect(labels("ms", 41)).toEqual(["0 ms", "10 ms", "20 ms", "30 ms", "40 ms", "50 ms"]);
    expect(labels("ms", 4_000)).toEqual(["0 s", "1 s", "2 s", "3 s", "4 s"]);
    expect(labels("ratio", 0.978)).toEqual(["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
    expect(labels("bytes", 150 * 1024 * 1024)).toEqual(["0 MiB", "50 MiB", "100 MiB", "150 MiB"]);
    expect(labels("count", 2)).toEqual(["0", "1", "2", "3", "4"]);
    expect(labels("count", 45_000)).toEqual(["0", "10 k", "20 k", "30 k", "40 k", "50 k"]);
    expect(labels("perSecond", 0.3)).toEqual(["0.0 /s", "0.1 /s", "0.2 /s", "0.3 /s", "0.4 /s"]);
  });

  it("reaches at least the highest value, a ratio at most 100 %, in few steps, for every unit", () => {
    const units: ChartUnit[] = ["count", "perSecond", "ratio", "ms", "bytes", "number"];
    fc.assert(
      fc.property(fc.constantFrom(...units), fc.double({ min: 0, max: 1e9, noNaN: true }), (unit, value) => {
        const highest = unit === "ratio" ? value / 1e9 : value;
        const { max, ticks } = valueAxis(unit, highest, 5);
        expect(max).toBeGreaterThanOrEqual(highest * (1 - 1e-9));
        expect(max).toBeLessThanOrEqual(unit === "ratio" ? 1 + 1e-9 : Infinity);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
      }),
    );
  });
});

describe("readingOf", () => {
  it("is exact to the digits shown, in its unit", () => {
    const shown = (unit: ChartUnit, value: number | null) => readAloud(readingOf(unit, value));
    expect([
      shown("count", 12_345),
      shown("ratio", 0.978),
      shown("ms", 4.2),
      shown("bytes", 1536),
      shown("perSecond", 480.2),
      shown("number", 2.25),
      shown("ms", null),
    ]).toEqual(["12,345", "97.8 %", "4.20 ms", "1.50 KiB", "480 /s", "2.3", "–"]);
  });
});
