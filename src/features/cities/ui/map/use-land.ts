import type { MultiPolygon } from "geojson";
import { useEffect, useState } from "react";

/** The coastlines, loaded once on first use; null until then, and if loading fails. */
let land: Promise<MultiPolygon | null> | null = null;

async function loadLand(): Promise<MultiPolygon | null> {
  try {
    const [{ feature }, { default: atlas }] = await Promise.all([
      import("topojson-client"),
      import("world-atlas/land-110m.json"),
    ]);
    // The JSON is read as wider types than TopoJSON's; the package's own description is a Topology.
    const topology = atlas as unknown as Parameters<typeof feature>[0];
    const object = topology.objects["land"];
    if (object === undefined) return null;
    const shape = feature(topology, object);
    const geometry = shape.type === "FeatureCollection" ? shape.features[0]?.geometry : shape.geometry;
    return geometry?.type === "MultiPolygon" ? geometry : null;
  } catch {
    // A map without coastlines still shows its points.
    land = null;
    return null;
  }
}

/** The world's land at 1:110 million (Natural Earth). */
export function useLand(): MultiPolygon | null {
  const [shape, setShape] = useState<MultiPolygon | null>(null);
  useEffect(() => {
    let isWanted = true;
    land ??= loadLand();
    void land.then((loaded) => {
      if (isWanted) setShape(loaded);
    });
    return () => {
      isWanted = false;
    };
  }, []);
  return shape;
}
