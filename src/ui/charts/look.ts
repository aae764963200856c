import type { SeriesLook } from "./chart-source";

/** The CSS fill of a look. */
export function lookBackground({ colorVariable, pattern }: SeriesLook): { background: string; boxShadow?: string } {
  const color = `var(${colorVariable})`;
  if (pattern === "outlined") return { background: "transparent", boxShadow: `inset 0 0 0 1.5px ${color}` };
  if (pattern === "hatched") {
    return { background: `repeating-linear-gradient(135deg, ${color} 0 3px, var(--hatch) 3px 4.5px)` };
  }
  return { background: color };
}
