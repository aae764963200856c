import type { World } from "./world-prepare";

/** Draws a prepared globe with a point in its middle. */
export function GlobeChart({ globe, label }: { globe: World; label: string }) {
  return (
    <svg viewBox={`0 0 ${globe.width} ${globe.height}`} role="img" aria-label={label} className="block w-full">
      <path d={globe.outline} fill="var(--sunken)" stroke="var(--line-strong)" />
      <path d={globe.graticule} fill="none" stroke="var(--line)" strokeWidth="0.6" />
      {globe.land === null ? null : <path d={globe.land} fill="var(--muted)" fillOpacity="0.45" />}
      <circle cx={globe.width / 2} cy={globe.height / 2} r="9" fill="none" stroke="var(--accent)" strokeWidth="1.5" />
      <circle cx={globe.width / 2} cy={globe.height / 2} r="3.5" fill="var(--accent)" />
    </svg>
  );
}
