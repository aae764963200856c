import type { TableFacts } from "../plan/catalog";
import { readSortKey } from "../plan/condition";
import { count, fewRows, type Finding, leastCostShare, percent, type PlanRule } from "./finding";
import { plainKey, type ProposedKey } from "./proposal";
import { type TopSort, topSorts } from "./scans";

/** Rows that are sorted in next to no time. */
const fewSorted = 1_000;

function toKey(text: string, alias: string, table: TableFacts): ProposedKey | null {
  const key = readSortKey(text, alias);
  const column = key === null ? undefined : table.columns.get(key.column);
  if (key === null || column === undefined || !column.isSortable) return null;
  // An index is in the order of the column's own collation.
  if (key.collation !== null && !(key.collation === "C" && column.isByteOrder)) return null;
  return { ...plainKey(key.column), isDescending: key.isDescending, isNullsFirst: key.isNullsFirst };
}

/** The order of a sort as keys of an index; null when an index of the table cannot have it. */
export function sortKeysOf({ sort, scan: { alias, table } }: TopSort): ProposedKey[] | null {
  const keys = sort.sortKeys.flatMap((text) => toKey(text, alias, table) ?? []);
  return keys.length === sort.sortKeys.length ? keys : null;
}

/** Many rows that are sorted for the sake of the first few. */
export const findSorts: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const findings: Finding[] = [];
  for (const top of topSorts(plan.root, catalog)) {
    const { table, terms, node } = top.scan;
    const order = sortKeysOf(top);
    if (order === null || table.rows < fewRows) continue;
    if (node.rows.estimated < fewSorted || top.costShare < leastCostShare) continue;
    // Rows of an index are in order where all keys before it are held to one value each.
    const held = new Set(
      terms.flatMap(({ column, operator }) => (column !== null && operator === "=" ? [column] : [])),
    );
    const same = [...held].filter((column) => table.columns.get(column)?.isSortable === true).map(plainKey);
    const keys = [...same, ...order.filter(({ column }) => column === null || !held.has(column))];
    if (keys.length === same.length) continue;
    findings.push({
      rule: "sort",
      reason:
        `${name} sorts about ${count(node.rows.estimated)} rows of ${table.name} by ${sortText(order)} and wants ` +
        `about ${count(top.wanted)} of them; reading and sorting is ${percent(top.costShare)} of the plan's cost. ` +
        "An index in this order hands out the first rows at once.",
      confidence: top.wanted * 20 <= node.rows.estimated ? "high" : "medium",
      statement,
      change: { kind: "create", index: { table, method: "btree", keys, extension: null } },
    });
  }
  return findings;
};

const sortText = (keys: readonly ProposedKey[]): string =>
  keys.map(({ text, isDescending }) => (isDescending ? `${text} desc` : text)).join(", ");
