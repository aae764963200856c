export type Sparkline = {
  /** SVG path of the finished part. */
  line: string;
  /** SVG path of the step into the last value, which is still filling. */
  filling: string;
  /** Single values between two gaps, which a line cannot show. */
  dots: { x: number; y: number }[];
};

const round = (value: number): number => Math.round(value * 100) / 100;

/**
 * A line through `values`, oldest first, from zero to `max` over the full height. Nulls are gaps in
 * the line. The last value counts as still filling.
 */
export function prepareSparkline(
  values: readonly (number | null)[],
  max: number,
  width: number,
  height: number,
): Sparkline {
  const last = values.length - 1;
  const spots = values.map((value, index) =>
    value === null
      ? null
      : {
          x: round(last === 0 ? width / 2 : (index / last) * width),
          y: round(height - (max === 0 ? 0 : Math.min(1, value / max) * height)),
        },
  );
  let line = "";
  let filling = "";
  const dots: Sparkline["dots"] = [];
  for (const [index, spot] of spots.entries()) {
    if (spot === null) continue;
    const before = spots[index - 1] ?? null;
    const after = spots[index + 1] ?? null;
    if (before === null && after === null) dots.push(spot);
    else if (before !== null && index === last) filling = `M${before.x} ${before.y}L${spot.x} ${spot.y}`;
    else line += `${before === null ? "M" : "L"}${spot.x} ${spot.y}`;
  }
  return { line, filling, dots };
}
