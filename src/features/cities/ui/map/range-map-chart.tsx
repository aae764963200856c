import { formatDistance, readAloud } from "@/ui/format/numbers";
import type { RangeMap } from "./range-map-prepare";

type Props = {
  map: RangeMap;
  centreName: string;
  highlightedId: number | null;
  onHighlight: (id: number | null) => void;
  onPick: (id: number) => void;
};

/** Draws a prepared map. Hidden from screen readers and the keyboard: the list next to it has the same content. */
export function RangeMapChart({ map, centreName, highlightedId, onHighlight, onPick }: Props) {
  const middle = map.size / 2;
  return (
    <svg
      viewBox={`0 0 ${map.size} ${map.size}`}
      aria-hidden
      className="block w-full select-none"
      onPointerLeave={() => onHighlight(null)}
    >
      <g fill="none" stroke="var(--line)">
        {map.rings.map(({ km, radius }, index) => (
          <circle
            key={km}
            cx={middle}
            cy={middle}
            r={radius}
            stroke={index === map.rings.length - 1 ? "var(--line-strong)" : "var(--line)"}
          />
        ))}
        <path d={`M${middle} 8V${map.size - 14}M14 ${middle}H${map.size - 14}`} />
      </g>
      <path d={`M${middle - 4} 15l4-9 4 9z`} fill="var(--muted)" />
      <text x={middle + 9} y={14} fontSize="11" fill="var(--muted)">
        N
      </text>
      {map.rings.map(({ km, radius }) => (
        <text
          key={km}
          x={middle + radius * Math.SQRT1_2 + 3}
          y={middle + radius * Math.SQRT1_2 + 11}
          fontSize="11"
          fill="var(--muted)"
          stroke="var(--ground)"
          strokeWidth="3"
          paintOrder="stroke"
        >
          {km < 1 ? `${km} km` : readAloud({ ...formatDistance(km), value: String(km) })}
        </text>
      ))}
      <circle cx={middle} cy={middle} r="5" fill="var(--ground)" stroke="var(--ink)" strokeWidth="2" />
      {map.points.map(({ id, name, x, y, label }) => {
        const isHighlighted = id === highlightedId;
        return (
          <g key={id} className="cursor-pointer" onPointerEnter={() => onHighlight(id)} onClick={() => onPick(id)}>
            <title>{`${name}, from ${centreName}`}</title>
            {isHighlighted ? (
              <path d={`M${middle} ${middle}L${x} ${y}`} stroke="var(--accent)" strokeDasharray="3 3" />
            ) : null}
            <circle cx={x} cy={y} r="12" fill="transparent" />
            <circle cx={x} cy={y} r={isHighlighted ? 5.5 : 4} fill="var(--accent)" />
            {label !== null || isHighlighted ? (
              <text
                x={label?.x ?? (x > middle ? x - 8 : x + 8)}
                y={(label?.y ?? y) + 4}
                textAnchor={label?.anchor ?? (x > middle ? "end" : "start")}
                fontSize="12"
                fontWeight={isHighlighted ? 600 : 400}
                fill="var(--ink)"
                stroke="var(--ground)"
                strokeWidth="3"
                paintOrder="stroke"
              >
                {name}
              </text>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
