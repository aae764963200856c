import { outcomeNames, type OutcomeName } from "@/admin/insights/contract/overview";

export type OutcomeLook = {
  name: OutcomeName;
  /** Where the answer came from, in words for a label. */
  label: string;
  /** What it means, in one sentence. */
  meaning: string;
  /** The CSS variable of its colour. */
  colorVariable: `--outcome-${string}`;
  /** Told apart without colour where colours are near to each other. */
  pattern: "solid" | "hatched" | "outlined";
};

const looks: Readonly<Record<OutcomeName, Omit<OutcomeLook, "name" | "colorVariable">>> = {
  hitL1: { label: "L1", meaning: "Answered from this node's memory.", pattern: "solid" },
  hitL2: { label: "Redis", meaning: "Answered from Redis, and kept in memory.", pattern: "solid" },
  coalesced: { label: "Shared load", meaning: "Waited for a load that another read had begun.", pattern: "solid" },
  stale: { label: "Stale", meaning: "Answered with an older value while one reader refreshed it.", pattern: "solid" },
  negative: { label: "Known absent", meaning: "Answered from the memory that nothing exists.", pattern: "solid" },
  miss: { label: "Postgres", meaning: "A miss: loaded from the database.", pattern: "solid" },
  error: { label: "Error", meaning: "The read failed.", pattern: "hatched" },
  bypass: { label: "Bypass", meaning: "Asked the source itself, around the cache.", pattern: "outlined" },
};

/** One colour, one label and one order for every outcome, wherever it is shown. */
export const outcomeLooks: readonly OutcomeLook[] = outcomeNames.map((name) => ({
  name,
  colorVariable: `--outcome-${name.toLowerCase()}`,
  ...looks[name],
}));

/** The look of one outcome. */
export function lookOf(name: OutcomeName): OutcomeLook {
  return { name, colorVariable: `--outcome-${name.toLowerCase()}`, ...looks[name] };
}
