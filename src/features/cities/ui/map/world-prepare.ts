import { geoEqualEarth, geoGraticule10, geoOrthographic, geoPath, type GeoProjection } from "d3-geo";
import type { MultiPolygon } from "geojson";

/** SVG paths in the units of the view box. `land` is null until the coastlines have loaded. */
export type World = { width: number; height: number; outline: string; graticule: string; land: string | null };
export type Spot = { x: number; y: number };
type Degrees = { lat: number; lon: number };

const digits = 1;

function paths(projection: GeoProjection, land: MultiPolygon | null) {
  const path = geoPath(projection).digits(digits);
  return {
    outline: path({ type: "Sphere" }) ?? "",
    graticule: path(geoGraticule10()) ?? "",
    land: land === null ? null : path(land),
  };
}

/** A globe centred on `centre`. */
export function prepareGlobe(centre: Degrees, land: MultiPolygon | null, size: number): World {
  const projection = geoOrthographic()
    .rotate([-centre.lon, -centre.lat])
    .fitExtent(
      [
        [1, 1],
        [size - 1, size - 1],
      ],
      { type: "Sphere" },
    );
  return { width: size, height: size, ...paths(projection, land) };
}

/** The whole world with areas in true proportion (Equal Earth: Šavrič, Patterson and Jenny 2018), and where `places` are on it. */
export function prepareWorld(
  places: readonly Degrees[],
  land: MultiPolygon | null,
  width: number,
): World & { spots: Spot[] } {
  const projection = geoEqualEarth().fitWidth(width - 2, { type: "Sphere" });
  const [[, top], [, bottom]] = geoPath(projection).bounds({ type: "Sphere" });
  const [shiftX, shiftY] = projection.translate();
  projection.translate([shiftX + 1, shiftY - top + 1]);
  const spots = places.map(({ lat, lon }) => {
    const spot = projection([lon, lat]);
    return spot === null ? { x: width / 2, y: 0 } : { x: spot[0], y: spot[1] };
  });
  return { width, height: Math.ceil(bottom - top + 2), ...paths(projection, land), spots };
}
