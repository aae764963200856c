import type { MultiPolygon } from "geojson";
import { describe, expect, it } from "vitest";
import { prepareGlobe, prepareWorld } from "./world-prepare";

const island: MultiPolygon = {
  type: "MultiPolygon",
  coordinates: [
    [
      [
        [0, 0],
        [0, 10],
        [10, 10],
        [10, 0],
        [0, 0],
      ],
    ],
  ],
};

describe("prepareWorld", () => {
  it("fills the width and keeps the equator in the middle, north above it and west left of it", () => {
    const { width, height, spots } = prepareWorld(
      [
        { lat: 0, lon: 0 },
        { lat: 60, lon: -90 },
        { lat: -60, lon: 90 },
      ],
      null,
      800,
    );
    const [origin, northWest, southEast] = spots;
    expect(origin?.x).toBeCloseTo(width / 2, 0);
    expect(origin?.y).toBeCloseTo(height / 2, 0);
    expect(northWest?.x).toBeLessThan(width / 2);
    expect(northWest?.y).toBeLessThan(height / 2);
    expect(southEast?.x).toBeGreaterThan(width / 2);
    expect(southEast?.y).toBeGreaterThan(height / 2);
  });

  it("has no land until the coastlines have loaded", () => {
    expect(prepareWorld([], null, 800).land).toBeNull();
    expect(prepareWorld([], island, 800).land).toMatch(/^M/);
  });
});

describe("prepareGlobe", () => {
  it("shows the near side of the globe, not the far side", () => {
    expect(prepareGlobe({ lat: 5, lon: 5 }, island, 100).land).toMatch(/^M/);
    expect(prepareGlobe({ lat: -5, lon: -175 }, island, 100).land ?? "").toBe("");
  });
});
