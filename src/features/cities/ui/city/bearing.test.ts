import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compassPointOf, initialBearing } from "./bearing";

const tokyo = { lat: 35.6895, lon: 139.69171 };

describe("initialBearing", () => {
  it.each([
    ["north", { lat: 50, lon: 139.69171 }, 0],
    ["south", { lat: 0, lon: 139.69171 }, 180],
    ["west over the date line's other side", { lat: 35.68, lon: 139 }, 269],
  ])("points %s", (_, to, expected) => {
    expect(Math.abs(initialBearing(tokyo, to) - expected)).toBeLessThan(1.5);
  });

  it("takes the short path across the date line", () => {
    expect(compassPointOf(initialBearing({ lat: 0, lon: 179 }, { lat: 0, lon: -179 }))).toBe("E");
  });

  it("agrees with the textbook's great circle from Baghdad to Osaka", () => {
    expect(initialBearing({ lat: 35, lon: 45 }, { lat: 35, lon: 135 })).toBeCloseTo(60.16, 1);
  });

  it("is an angle from 0 to below 360 for any places", () => {
    const place = fc.record({
      lat: fc.double({ min: -90, max: 90, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(place, place, (from, to) => {
        const bearing = initialBearing(from, to);
        expect(bearing >= 0 && bearing < 360).toBe(true);
      }),
    );
  });
});

describe("compassPointOf", () => {
  it("rounds to the nearest of sixteen and wraps around north", () => {
    expect([0, 11.2, 11.3, 90, 225, 348.7, 348.8, 359.9].map(compassPointOf)).toEqual([
      "N",
      "N",
      "NNE",
      "E",
      "SW",
      "NNW",
      "N",
      "N",
    ]);
  });
});
