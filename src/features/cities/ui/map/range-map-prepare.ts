import { geoAzimuthalEquidistant } from "d3-geo";
import { niceStep } from "@/ui/charts/nice-step";

export type Place = { id: number; name: string; lat: number; lon: number; distanceKm: number };

export type RangeMap = {
  /** Both sides, in the units of the view box. */
  size: number;
  rings: { km: number; radius: number }[];
  points: {
    id: number;
    name: string;
    x: number;
    y: number;
    label: { x: number; y: number; anchor: "start" | "end" } | null;
  }[];
};

type Box = { left: number; right: number; top: number; bottom: number };

const earthRadiusKm = 6371.0088;
const maxRings = 4;
const labelGap = 8;
const labelHeight = 14;
const pointRadius = 6;

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The approximate width of a label at font size 12, with some margin. */
const labelWidth = (text: string): number => text.length * 6.6 + 2;

/**
 * A map around `centre`, north up, with true distances and directions from the centre (azimuthal equidistant projection:
 * Snyder, Map Projections, USGS 1987, p. 191). Rings mark round distances; the outermost encloses every place. Labels that
 * would overlap another one or leave the map are dropped; nearer places take precedence.
 */
export function prepareRangeMap(
  centre: { lat: number; lon: number },
  places: readonly Place[],
  size: number,
  margin: number,
): RangeMap {
  const reachKm = Math.max(1, ...places.map((place) => place.distanceKm));
  const stepKm = niceStep(reachKm, maxRings);
  const ringCount = Math.ceil(reachKm / stepKm - 1e-9);
  const unitsPerKm = (size / 2 - margin) / (ringCount * stepKm);
  const project = geoAzimuthalEquidistant()
    .rotate([-centre.lon, -centre.lat])
    .scale(earthRadiusKm * unitsPerKm)
    .translate([size / 2, size / 2])
    .clipAngle(180)
    .precision(0);

  const spots = places.flatMap((place) => {
    const spot = project([place.lon, place.lat]);
    return spot === null ? [] : [{ place, x: spot[0], y: spot[1] }];
  });
  const around = (x: number, y: number): Box => ({
    left: x - pointRadius,
    right: x + pointRadius,
    top: y - pointRadius,
    bottom: y + pointRadius,
  });
  const taken: Box[] = [around(size / 2, size / 2), ...spots.map(({ x, y }) => around(x, y))];
  const nearestFirst = spots.toSorted((a, b) => a.place.distanceKm - b.place.distanceKm);
  const points = nearestFirst.map(({ place: { id, name }, x, y }) => {
    for (const anchor of ["start", "end"] as const) {
      const width = labelWidth(name);
      const labelX = anchor === "start" ? x + labelGap : x - labelGap;
      const left = anchor === "start" ? labelX : labelX - width;
      const box = { left, right: left + width, top: y - labelHeight / 2, bottom: y + labelHeight / 2 };
      if (box.left < 0 || box.right > size || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return { id, name, x, y, label: { x: labelX, y, anchor } };
    }
    return { id, name, x, y, label: null };
  });
  const rings = Array.from({ length: ringCount }, (_, index) => (index + 1) * stepKm).map((km) => ({
    km,
    radius: km * unitsPerKm,
  }));
  return { size, rings, points };
}
