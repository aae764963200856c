import type { Catalog } from "../plan/catalog";
import {
  type AdviceRule,
  adviceRules,
  type Confidence,
  confidences,
  type Finding,
  type PlannedStatement,
} from "./finding";
import { findCoveredIndexes, findForeignKeys, findUnusedIndexes } from "./catalog-rules";
import {
  createDrizzle,
  createSql,
  dropDrizzle,
  dropSql,
  estimateIndexBytes,
  identityOf,
  nameIndex,
  pretendSql,
  type PropertyOf,
  type ProposedIndex,
  serves,
} from "./proposed-index";
import { findNearest, findPatterns, findSequentialScans, findSorts } from "./plan-rules";

export type Advice = {
  /** The same ID for the same advice in every run. */
  id: string;
  rule: AdviceRule;
  action: "create" | "drop";
  table: string;
  /** Name of the index to create or drop. */
  index: string;
  columns: string[];
  /** The evidence: one or two sentences per rule and statement. */
  reasons: string[];
  /** Statements to run one by one, each outside a transaction. */
  sql: string[];
  /** The entry for the third argument of `pgTable`, or a comment naming the entry to remove. */
  drizzle: string;
  sizeBytes: number;
  /** True for an index that does not exist yet. */
  isSizeEstimated: boolean;
  confidence: Confidence;
  statements: AdvisedStatement[];
};

export type AdvisedStatement = {
  name: string;
  /** Index of its text among the texts with this name. */
  variant: number;
  calls: number | null;
  totalMs: number | null;
  /** In the planner's unit: today, and with the index if HypoPG could estimate it. */
  costBefore: number;
  costAfter: number | null;
};

export type StatementUse = { calls: number; totalMs: number };

export type AdviseOptions = {
  planned: readonly PlannedStatement[];
  /** Usage of each statement, by name. */
  uses: ReadonlyMap<string, StatementUse>;
  catalog: Catalog;
  /** How long an index must go unused before it is reported. */
  unusedAfterMs: number;
  propertyOf: PropertyOf;
};

/** Advice with the hypothetical index to create for estimating its effect; null if HypoPG does not support it. */
export type Proposal = { advice: Advice; pretend: string | null };

/** Findings that propose the same change, or are covered by one change. */
type Group = { change: Finding["change"]; findings: Finding[] };

const byRule = (a: Finding, b: Finding): number => adviceRules.indexOf(a.rule) - adviceRules.indexOf(b.rule);

/** Whether an index would start with the keys of another. */
function beginsWith(wide: ProposedIndex, narrow: ProposedIndex): boolean {
  if (wide.method !== "btree" || narrow.method !== "btree" || wide.keys.length < narrow.keys.length) return false;
  return identityOf({ ...wide, keys: wide.keys.slice(0, narrow.keys.length) }) === identityOf(narrow);
}

function group(findings: readonly Finding[]): Group[] {
  const groups: Group[] = [];
  const keysOf = ({ change }: Finding): number => (change.kind === "create" ? change.index.keys.length : 0);
  for (const finding of findings.toSorted((a, b) => keysOf(b) - keysOf(a) || byRule(a, b))) {
    const { change } = finding;
    const known = groups.find(({ change: other }) => {
      if (change.kind === "drop") return other.kind === "drop" && other.index === change.index;
      if (other.kind === "drop") return false;
      return identityOf(other.index) === identityOf(change.index) || beginsWith(other.index, change.index);
    });
    if (known === undefined) groups.push({ change, findings: [finding] });
    else known.findings.push(finding);
  }
  return groups;
}

const isMissing = ({ change }: Finding, { indexes }: Catalog): boolean =>
  change.kind === "drop" || !indexes.some((index) => serves(index, change.index));

/** Applies all rules to these plans and this catalog; most expensive first. Never proposes an index that exists. */
export function advise(options: AdviseOptions): Proposal[] {
  const { planned, catalog, uses, propertyOf } = options;
  const planRules = [findSequentialScans, findSorts, findNearest, findPatterns];
  const catalogRules = [findForeignKeys, findCoveredIndexes, findUnusedIndexes(options.unusedAfterMs)];
  const findings = [
    ...planned.flatMap((one) => planRules.flatMap((rule) => rule(one, catalog))),
    ...catalogRules.flatMap((rule) => rule(catalog)),
  ].filter((finding) => isMissing(finding, catalog));
  const taken = new Set(catalog.indexes.map(({ name }) => name));

  const toProposal = ({ change, findings: its }: Group): Proposal => {
    const sorted = its.toSorted(byRule);
    const statements = [...new Set(sorted.flatMap(({ statement }) => statement ?? []))];
    const { rule } = sorted[0] ?? { rule: "unused-index" as const };
    const common = {
      rule,
      reasons: [...new Set(sorted.map(({ reason }) => reason))],
      confidence: confidences[Math.max(...its.map(({ confidence }) => confidences.indexOf(confidence)))] ?? "low",
      statements: statements.map(({ name, variant, plan }): AdvisedStatement => {
        const { calls = null, totalMs = null } = uses.get(name) ?? {};
        return { name, variant, calls, totalMs, costBefore: plan.root.cost.total, costAfter: null };
      }),
    };
    if (change.kind === "drop") {
      const { index } = change;
      const advice: Advice = {
        ...common,
        id: `drop ${index.table} ${index.name}`,
        action: "drop",
        table: index.table,
        index: index.name,
        columns: index.keys.map(({ text }) => text),
        sql: dropSql(index),
        drizzle: dropDrizzle(index),
        sizeBytes: index.bytes,
        isSizeEstimated: false,
      };
      return { advice, pretend: null };
    }
    const { index } = change;
    const name = nameIndex(index, taken);
    taken.add(name);
    const advice: Advice = {
      ...common,
      id: `create ${index.table.name} ${name}`,
      action: "create",
      table: index.table.name,
      index: name,
      columns: index.keys.map(({ text }) => text),
      sql: createSql(index, name, catalog.extensions),
      drizzle: createDrizzle(index, name, propertyOf),
      sizeBytes: estimateIndexBytes(index),
      isSizeEstimated: true,
    };
    return { advice, pretend: pretendSql(index) };
  };

  const timeOf = ({ advice: { statements } }: Proposal): number =>
    statements.reduce((sum, { totalMs }) => sum + (totalMs ?? 0), 0);
  return group(findings)
    .map(toProposal)
    .toSorted((a, b) => timeOf(b) - timeOf(a) || (a.advice.id < b.advice.id ? -1 : 1));
}
