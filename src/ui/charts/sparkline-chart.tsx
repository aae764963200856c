import { prepareSparkline } from "./sparkline-prepare";

const width = 120;
const height = 22;

/** Draws the trend of a metric. Hidden from screen readers, since its value stands next to it. */
export function SparklineChart({ values, max }: { values: readonly (number | null)[]; max: number }) {
  const { line, filling, dots } = prepareSparkline(values, max, width, height);
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
