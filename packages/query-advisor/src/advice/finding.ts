import type { Catalog, IndexFacts } from "../plan/catalog";
import type { Plan } from "../plan/plan-tree";
import type { ProposedIndex } from "./proposed-index";

export const adviceRules = [
  "sequential-scan",
  "sort",
  "nearest",
  "pattern",
  "foreign-key",
  "duplicate-index",
  "covered-index",
  "unused-index",
] as const;
export type AdviceRule = (typeof adviceRules)[number];

export const confidences = ["low", "medium", "high"] as const;
export type Confidence = (typeof confidences)[number];

/** What a rule has found. `reason` is one or two sentences with numbers. */
export type Finding = {
  rule: AdviceRule;
  reason: string;
  confidence: Confidence;
  /** The statement whose plan shows it; null if the finding comes from the catalog alone. */
  statement: PlannedStatement | null;
  change: { kind: "create"; index: ProposedIndex } | { kind: "drop"; index: IndexFacts };
};

/** A statement with its plan. */
export type PlannedStatement = {
  name: string;
  /** A name may have several texts; this is the index of this one. */
  variant: number;
  plan: Plan;
};

export type PlanRule = (planned: PlannedStatement, catalog: Catalog) => Finding[];
export type CatalogRule = (catalog: Catalog) => Finding[];

/** Below this size, the planner prefers a sequential scan. */
export const fewRows = 2_000;
/** The minimum share of a plan's cost for a step to be worth advice. */
export const minCostShare = 0.2;
/** The maximum share of a table for which an index is useful. */
export const selectiveShare = 0.1;

export const percent = (share: number): string => {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "less than 0.1 %";
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
};

/** `135 233`: digits in groups of three. */
export const count = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, " ");
