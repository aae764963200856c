import { prepareSparkline } from "./sparkline-prepare";

const width = 120;
const height = 22;

/** Draws the run of a figure, for the eyes only: its value stands beside it. */
export function SparklineChart({ values, most }: { values: readonly (number | null)[]; most: number }) {
  const { line, filling, dots } = prepareSparkline(values, most, width, height);
  return (
    <svg
      viewBox={`0 -2 ${width} ${height + 4}`}
      preserveAspectRatio="none"
      aria-hidden
      className="block h-[26px] w-full overflow-visible"
    >
      <g fill="none" stroke="var(--accent)" strokeWidth="1.5" vectorEffect="non-scaling-stroke">
        <path d={line} vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
        <path d={filling} vectorEffect="non-scaling-stroke" strokeDasharray="2 2" />
      </g>
      {dots.map(({ x, y }) => (
        <path
          key={x}
          d={`M${x} ${y}h0.01`}
          stroke="var(--accent)"
          strokeWidth="3"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}
