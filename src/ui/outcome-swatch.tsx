import type { OutcomeName } from "@/admin/insights/contract/overview";
import { lookOf } from "./outcomes";

/** How an outcome is filled, in CSS. */
export function outcomeBackground(name: OutcomeName): { background: string; boxShadow?: string } {
  const { colorVariable, pattern } = lookOf(name);
  const color = `var(${colorVariable})`;
  if (pattern === "outlined") return { background: "transparent", boxShadow: `inset 0 0 0 1.5px ${color}` };
  if (pattern === "hatched") {
    return { background: `repeating-linear-gradient(135deg, ${color} 0 3px, var(--hatch) 3px 4.5px)` };
  }
  return { background: color };
}

/** The small square that stands for an outcome beside its word. */
export function OutcomeSwatch({ name }: { name: OutcomeName }) {
  return <span aria-hidden className="inline-block size-2.5 shrink-0 rounded-[2px]" style={outcomeBackground(name)} />;
}
