import type { Target } from "./target";

/** One promise that an attack tried to break. */
export type Check = {
  name: string;
  held: boolean;
  /** The numbers, or the first responses that broke the promise. */
  evidence: string;
};

/** Part of an attack that could not be made here, and why. It counts neither as held nor as missed. */
export type Unmeasured = { name: string; reason: string };

export type AttackResult = { checks: Check[]; unmeasured: Unmeasured[] };

/** `quick` in `npm test`, `full` in the benchmark. */
export type Scale = "quick" | "full";

export type Attack = {
  name: string;
  /** Whether `npm test` makes it too. */
  isQuick: boolean;
  /** Whether pages matter to it: it cannot be made without them, or is made with and without them. */
  pages?: "needed" | "matter";
  /** Bounded, and leaves no connection open. */
  run: (target: Target, scale: Scale) => Promise<AttackResult>;
};

/** A check that holds when no response broke the promise; the evidence is the first few that did. */
export function noneOf(name: string, broken: readonly string[], tried: number): Check {
  const shown = broken.slice(0, 5).join("\n      ");
  const more = broken.length > 5 ? `\n      … and ${broken.length - 5} more` : "";
  const evidence = broken.length === 0 ? `${tried} tried` : `${broken.length} of ${tried}: ${shown}${more}`;
  // Nothing tried proves nothing.
  return { name, held: broken.length === 0 && tried > 0, evidence };
}

/** A check that holds when a measured number is at most its bound. */
export function atMost(name: string, value: number, bound: number, unit: string): Check {
  const show = (number: number): string => (Number.isInteger(number) ? String(number) : number.toFixed(1));
  return { name, held: value <= bound, evidence: `${show(value)} ${unit}, at most ${show(bound)}` };
}

export const checked = (...checks: Check[]): AttackResult => ({ checks, unmeasured: [] });
