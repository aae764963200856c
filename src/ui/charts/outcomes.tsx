import { type OutcomeName, outcomeNames } from "@weir/core/outcomes";

export type OutcomeLook = {
  name: OutcomeName;
  /** The source of the value, as a label. */
  label: string;
  /** The meaning, in one sentence. */
  meaning: string;
  /** The CSS variable of its colour. */
  colorVariable: `--outcome-${string}`;
  /** Distinguishes outcomes whose colours are similar. */
  pattern: "solid" | "hatched" | "outlined";
};

const looks: Readonly<Record<OutcomeName, Omit<OutcomeLook, "name" | "colorVariable">>> = {
  hitL1: { label: "L1", meaning: "Served from this node's memory.", pattern: "solid" },
  hitL2: { label: "Redis", meaning: "Served from Redis, and kept in memory.", pattern: "solid" },
  coalesced: { label: "Shared load", meaning: "Waited for a load that another read had started.", pattern: "solid" },
  stale: { label: "Stale", meaning: "Served an older value while one reader refreshed it.", pattern: "solid" },
  negative: { label: "Known absent", meaning: "The cache remembered that no value exists.", pattern: "solid" },
  miss: { label: "Postgres", meaning: "A miss: loaded from the database.", pattern: "solid" },
  error: { label: "Error", meaning: "The read failed.", pattern: "hatched" },
  bypass: { label: "Bypass", meaning: "Read from the source, skipping the cache.", pattern: "outlined" },
};

/** Every outcome with its one label, colour and place in the order. */
export const outcomeLooks: readonly OutcomeLook[] = outcomeNames.map((name) => ({
  name,
  colorVariable: `--outcome-${name.toLowerCase()}`,
  ...looks[name],
}));

/** The look of one outcome. */
export function lookOf(name: OutcomeName): OutcomeLook {
  return { name, colorVariable: `--outcome-${name.toLowerCase()}`, ...looks[name] };
}

/** The CSS fill of an outcome. */
export function outcomeBackground(name: OutcomeName): { background: string; boxShadow?: string } {
  const { colorVariable, pattern } = lookOf(name);
  const color = `var(${colorVariable})`;
  if (pattern === "outlined") return { background: "transparent", boxShadow: `inset 0 0 0 1.5px ${color}` };
  if (pattern === "hatched") {
    return { background: `repeating-linear-gradient(135deg, ${color} 0 3px, var(--hatch) 3px 4.5px)` };
  }
  return { background: color };
}

/** The small square next to the label of an outcome. */
export function OutcomeSwatch({ name }: { name: OutcomeName }) {
  return <span aria-hidden className="inline-block size-2.5 shrink-0 rounded-[2px]" style={outcomeBackground(name)} />;
}
