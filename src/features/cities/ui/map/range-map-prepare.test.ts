import { geoDistance } from "d3-geo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Place, prepareRangeMap } from "./range-map-prepare";

const size = 400;
const margin = 20;
const tokyo = { lat: 35.6895, lon: 139.69171 };

function placeAt(id: number, centre: { lat: number; lon: number }, lat: number, lon: number): Place {
  const distanceKm = geoDistance([centre.lon, centre.lat], [lon, lat]) * 6371.0088;
  return { id, name: `Place ${id}`, lat, lon, distanceKm };
}

describe("prepareRangeMap", () => {
  it("puts north up and east to the right", () => {
    const north = placeAt(1, tokyo, tokyo.lat + 0.1, tokyo.lon);
    const east = placeAt(2, tokyo, tokyo.lat, tokyo.lon + 0.1);
    const { points } = prepareRangeMap(tokyo, [north, east], size, margin);
    const byId = new Map(points.map((point) => [point.id, point]));
    expect(byId.get(1)?.x).toBeCloseTo(size / 2, 3);
    expect(byId.get(1)?.y).toBeLessThan(size / 2 - 50);
    expect(byId.get(2)?.x).toBeGreaterThan(size / 2 + 50);
    expect(byId.get(2)?.y).toBeCloseTo(size / 2, 0);
  });

  it("draws every place at its true distance, within the outermost ring, for any centre", () => {
    const coordinates = fc.record({
      lat: fc.double({ min: -89, max: 89, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(coordinates, fc.array(coordinates, { minLength: 1, maxLength: 12 }), (centre, others) => {
        const places = others.map(({ lat, lon }, index) => placeAt(index, centre, lat, lon));
        // At the antipode the direction is undefined, and with it the point.
        fc.pre(places.every((place) => place.distanceKm < 19_900));
        const { rings, points } = prepareRangeMap(centre, places, size, margin);
        const outermost = rings.at(-1);
        expect(outermost?.radius).toBeCloseTo(size / 2 - margin, 6);
        const unitsPerKm = (outermost?.radius ?? 0) / (outermost?.km ?? 1);
        for (const { id, x, y } of points) {
          const drawn = Math.hypot(x - size / 2, y - size / 2);
          // A twentieth of a unit: d3 computes angles below 1e-8 radians (a decimetre on the ground) coarsely.
          expect(drawn).toBeCloseTo((places[id]?.distanceKm ?? 0) * unitsPerKm, 1);
          expect(drawn).toBeLessThanOrEqual(size / 2 - margin + 0.05);
        }
        expect(points).toHaveLength(places.length);
      }),
    );
  });

  it("drops labels that would overlap another one or cross the edge", () => {
    const crowd = Array.from({ length: 30 }, (_, index) => placeAt(index, tokyo, tokyo.lat + index / 1000, tokyo.lon));
    const { points } = prepareRangeMap(tokyo, crowd, size, margin);
    const boxes = points.flatMap(({ name, label }) => {
      if (label === null) return [];
      const width = name.length * 6;
      const left = label.anchor === "start" ? label.x : label.x - width;
      return [{ left, right: left + width, y: label.y }];
    });
    expect(boxes.length).toBeGreaterThan(2);
    expect(boxes.length).toBeLessThan(30);
    for (const [index, a] of boxes.entries()) {
      expect(a.left >= 0 && a.right <= size).toBe(true);
      for (const b of boxes.slice(index + 1)) {
        expect(a.right <= b.left || b.right <= a.left || Math.abs(a.y - b.y) >= 12).toBe(true);
      }
    }
  });

  it("draws rings even when the only place is the centre itself", () => {
    const { rings } = prepareRangeMap(tokyo, [placeAt(1, tokyo, tokyo.lat, tokyo.lon)], size, margin);
    expect(rings.at(-1)?.km).toBe(1);
  });
});
