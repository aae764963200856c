type Degrees = { lat: number; lon: number };

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const compassPoints = [
  "N",
  "NNE",
  "NE",
  "ENE",
  "E",
  "ESE",
  "SE",
  "SSE",
  "S",
  "SSW",
  "SW",
  "WSW",
  "W",
  "WNW",
  "NW",
  "NNW",
] as const;
export type CompassPoint = (typeof compassPoints)[number];

/** The initial bearing of the shortest path, in degrees clockwise from north, from 0 to below 360. */
export function initialBearing(from: Degrees, to: Degrees): number {
  const turn = radians(to.lon - from.lon);
  const y = Math.sin(turn) * Math.cos(radians(to.lat));
  const x =
    Math.cos(radians(from.lat)) * Math.sin(radians(to.lat)) -
    Math.sin(radians(from.lat)) * Math.cos(radians(to.lat)) * Math.cos(turn);
  const degrees = (Math.atan2(y, x) * 180) / Math.PI;
  // A tiny negative angle plus 360 rounds to 360 itself.
  return (degrees + 360) % 360;
}

/** The nearest of the sixteen compass points. */
export function compassPointOf(bearing: number): CompassPoint {
  return compassPoints[Math.round(bearing / 22.5) % 16] ?? "N";
}
