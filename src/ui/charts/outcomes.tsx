import { type OutcomeName, outcomeNames } from "@weir/core/outcomes";
import type { SeriesLook } from "./chart-source";
import { lookBackground } from "./look";

export type OutcomeLook = SeriesLook & {
  name: OutcomeName;
  /** The source of the value, as a label. */
  label: string;
  /** The meaning, in one sentence. */
  meaning: string;
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

/**
 * The look of one outcome. Features use it too.
 *
 * @public
 */
export function lookOf(name: OutcomeName): OutcomeLook {
  return { name, colorVariable: `--outcome-${name.toLowerCase()}`, ...looks[name] };
}

/** The CSS fill of an outcome. */
export const outcomeBackground = (name: OutcomeName) => lookBackground(lookOf(name));

/** The small square next to the label of an outcome. */
export function OutcomeSwatch({ name }: { name: OutcomeName }) {
  return <span aria-hidden className="inline-block size-2.5 shrink-0 rounded-[2px]" style={outcomeBackground(name)} />;
}
