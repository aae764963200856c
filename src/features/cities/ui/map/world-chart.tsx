import type { City } from "../../contract";
import type { Spot, World } from "./world-prepare";

type Props = {
  world: World & { spots: Spot[] };
  /** In the order of the spots. */
  cities: readonly City[];
  highlightedId: number | null;
  onHighlight: (id: number | null) => void;
  onPick: (id: number) => void;
};

/** Draws a prepared world. Hidden from screen readers and the keyboard: the list below has the same content. */
export function WorldChart({ world, cities, highlightedId, onHighlight, onPick }: Props) {
  return (
    <svg
      viewBox={`0 0 ${world.width} ${world.height}`}
      aria-hidden
      className="block w-full select-none"
      onPointerLeave={() => onHighlight(null)}
    >
      <path d={world.outline} fill="none" stroke="var(--line)" />
      <path d={world.graticule} fill="none" stroke="var(--line)" strokeWidth="0.6" />
      {world.land === null ? null : <path d={world.land} fill="var(--line-strong)" fillOpacity="0.55" />}
      {cities.map(({ id, name }, index) => {
        const spot = world.spots[index];
        if (spot === undefined) return null;
        const isHighlighted = id === highlightedId;
        return (
          <g key={id} className="cursor-pointer" onPointerEnter={() => onHighlight(id)} onClick={() => onPick(id)}>
            <circle cx={spot.x} cy={spot.y} r="16" fill="transparent" />
            <circle
              cx={spot.x}
              cy={spot.y}
              r={isHighlighted ? 7 : 5}
              fill="var(--accent)"
              stroke="var(--ground)"
              strokeWidth="1.5"
            />
            <text
              x={spot.x + 10}
              y={spot.y + 4.5}
              fontSize="14"
              fontWeight={isHighlighted ? 600 : 400}
              fill="var(--ink)"
              stroke="var(--ground)"
              strokeWidth="3"
              paintOrder="stroke"
              className={isHighlighted ? "" : "max-sm:hidden"}
            >
              {name}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** Draws a prepared globe with a point at its centre. */
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
