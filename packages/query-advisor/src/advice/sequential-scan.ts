import type { ColumnFacts } from "../plan/catalog";
import type { Term } from "../plan/condition";
import { count, fewRows, type Finding, leastCostShare, percent, type PlanRule, selectiveShare } from "./finding";
import { plainKey, type ProposedKey } from "./proposal";
import { type Scan, sequentialScans, topSorts } from "./scans";
import { sortKeysOf } from "./sort";

const mostKeys = 3;
const equal = new Set(["=", "= any", "is null"]);
const between = new Set(["<", ">", "<=", ">="]);

/** Columns that are compared in this way and that a btree takes, those with most different values first. */
function comparedColumns({ table, terms }: Scan, operators: ReadonlySet<string>): ColumnFacts[] {
  const of = ({ column, operator }: Term): ColumnFacts | undefined =>
    column !== null && operators.has(operator) ? table.columns.get(column) : undefined;
  const found = new Set(terms.flatMap((term) => of(term) ?? []).filter(({ isSortable }) => isSortable));
  return [...found].toSorted((a, b) => (b.distinct ?? 0) - (a.distinct ?? 0));
}

/** Calls that always answer the same; others an index may not hold. */
const foldedOnce = /^(?:lower|upper)\(/;

function keysOf(scan: Scan, sortKeys: readonly ProposedKey[]): ProposedKey[] {
  const folded = scan.terms
    .filter(({ column, text, operator }) => column === null && operator === "=" && foldedOnce.test(text))
    .map(({ text }) => ({ ...plainKey(text), column: null }));
  const same = [...comparedColumns(scan, equal).map(({ name }) => plainKey(name)), ...folded].slice(0, mostKeys);
  const isTaken = (key: ProposedKey): boolean => same.some(({ text }) => text === key.text);
  const rest = sortKeys.filter((key) => !isTaken(key));
  if (same.length > 0 && rest.length > 0 && scan.terms.every(({ operator }) => operator !== "= any")) {
    return [...same, ...rest];
  }
  const range = comparedColumns(scan, between).find(({ name }) => !same.some(({ column }) => column === name));
  return range === undefined ? same : [...same, plainKey(range.name)];
}

/** A table that is read as a whole for a few of its rows. */
export const findSequentialScans: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const sorts = topSorts(plan.root, catalog);
  const findings: Finding[] = [];
  for (const scan of sequentialScans(plan.root, catalog)) {
    const { node, table } = scan;
    const share = node.rows.estimated / Math.max(1, table.rows);
    if (table.rows < fewRows || share > selectiveShare || node.cost.selfShare < leastCostShare) continue;
    const sort = sorts.find((one) => one.scan.node === node);
    const keys = keysOf(scan, sort === undefined ? [] : (sortKeysOf(sort) ?? []));
    if (keys.length === 0) continue;
    findings.push({
      rule: "sequential-scan",
      reason:
        `${name} reads all ${count(table.rows)} rows of ${table.name} to find about ${count(node.rows.estimated)} ` +
        `(${percent(share)}) by ${keys.map(({ text }) => text).join(", ")}; ` +
        `that is ${percent(node.cost.selfShare)} of the plan's cost.`,
      confidence: share <= selectiveShare / 10 ? "high" : "medium",
      statement,
      change: { kind: "create", index: { table, method: "btree", keys, extension: null } },
    });
  }
  return findings;
};
