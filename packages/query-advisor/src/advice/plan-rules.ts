import type { Catalog, ColumnFacts, TableFacts } from "../plan/catalog";
import { readDistance, readSortKey, readTerms, type Term } from "../plan/condition";
import { count, fewRows, type Finding, minCostShare, percent, type PlanRule, selectiveShare } from "./finding";
import { plainKey, type ProposedIndex, type ProposedKey } from "./proposed-index";
import { hiddenConstant } from "../plan/statement-shape";
import { type PlanNode, stepsOf } from "../plan/plan-tree";

const maxKeys = 3;
const equal = new Set(["=", "= any", "is null"]);
const between = new Set(["<", ">", "<=", ">="]);

/** The sortable columns compared with these operators, most distinct values first. */
function comparedColumns({ table, terms }: Scan, operators: ReadonlySet<string>): ColumnFacts[] {
  const of = ({ column, operator }: Term): ColumnFacts | undefined =>
    column !== null && operators.has(operator) ? table.columns.get(column) : undefined;
  const found = new Set(terms.flatMap((term) => of(term) ?? []).filter(({ isSortable }) => isSortable));
  return [...found].toSorted((a, b) => (b.distinct ?? 0) - (a.distinct ?? 0));
}

/** Immutable functions; an index cannot contain others. */
const foldedOnce = /^(?:lower|upper)\(/;

function keysOf(scan: Scan, sortKeys: readonly ProposedKey[]): ProposedKey[] {
  const folded = scan.terms
    .filter(({ column, text, operator }) => column === null && operator === "=" && foldedOnce.test(text))
    .map(({ text }) => ({ ...plainKey(text), column: null }));
  const same = [...comparedColumns(scan, equal).map(({ name }) => plainKey(name)), ...folded].slice(0, maxKeys);
  const isTaken = (key: ProposedKey): boolean => same.some(({ text }) => text === key.text);
  const rest = sortKeys.filter((key) => !isTaken(key));
  if (same.length > 0 && rest.length > 0 && scan.terms.every(({ operator }) => operator !== "= any")) {
    return [...same, ...rest];
  }
  const range = comparedColumns(scan, between).find(({ name }) => !same.some(({ column }) => column === name));
  return range === undefined ? same : [...same, plainKey(range.name)];
}

/** Sequential scans that return few of a table's rows. */
export const findSequentialScans: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const sorts = topSorts(plan.root, catalog);
  const findings: Finding[] = [];
  for (const scan of sequentialScans(plan.root, catalog)) {
    const { node, table } = scan;
    const share = node.rows.estimated / Math.max(1, table.rows);
    if (table.rows < fewRows || share > selectiveShare || node.cost.selfShare < minCostShare) continue;
    const sort = sorts.find((one) => one.scan.node === node);
    const keys = keysOf(scan, sort === undefined ? [] : (sortKeysOf(sort) ?? []));
    if (keys.length === 0) continue;
    findings.push({
      rule: "sequential-scan",
      reason:
        `${name} reads all ${count(table.rows)} rows of ${table.name} to find about ${count(node.rows.estimated)} ` +
        `(${percent(share)}) by ${keys.map(({ text }) => text).join(", ")}; ` +
        `this is ${percent(node.cost.selfShare)} of the plan's cost.`,
      confidence: share <= selectiveShare / 10 ? "high" : "medium",
      statement,
      change: { kind: "create", index: { table, method: "btree", keys, extension: null } },
    });
  }
  return findings;
};

/** Sorting fewer rows than this takes almost no time. */
const fewSorted = 1_000;

function toKey(text: string, alias: string, table: TableFacts): ProposedKey | null {
  const key = readSortKey(text, alias);
  const column = key === null ? undefined : table.columns.get(key.column);
  if (key === null || column === undefined || !column.isSortable) return null;
  // An index uses the column's own collation.
  if (key.collation !== null && !(key.collation === "C" && column.isByteOrder)) return null;
  return { ...plainKey(key.column), isDescending: key.isDescending, isNullsFirst: key.isNullsFirst };
}

/** The sort order as index keys; null if an index on the table cannot have it. */
function sortKeysOf({ sort, scan: { alias, table } }: TopSort): ProposedKey[] | null {
  const keys = sort.sortKeys.flatMap((text) => toKey(text, alias, table) ?? []);
  return keys.length === sort.sortKeys.length ? keys : null;
}

/** Sorts of many rows that return only the first few. */
export const findSorts: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const findings: Finding[] = [];
  for (const top of topSorts(plan.root, catalog)) {
    const { table, terms, node } = top.scan;
    const order = sortKeysOf(top);
    if (order === null || table.rows < fewRows) continue;
    if (node.rows.estimated < fewSorted || top.costShare < minCostShare) continue;
    // An index returns rows in order only if every key before the sort keys is fixed to one value.
    const held = new Set(
      terms.flatMap(({ column, operator }) => (column !== null && operator === "=" ? [column] : [])),
    );
    const same = [...held].filter((column) => table.columns.get(column)?.isSortable === true).map(plainKey);
    const keys = [...same, ...order.filter(({ column }) => column === null || !held.has(column))];
    if (keys.length === same.length) continue;
    findings.push({
      rule: "sort",
      reason:
        `${name} sorts about ${count(node.rows.estimated)} rows of ${table.name} by ${sortText(order)} and returns ` +
        `about ${count(top.wanted)} of them; reading and sorting are ${percent(top.costShare)} of the plan's cost. ` +
        "An index in this order returns the first rows without sorting.",
      confidence: top.wanted * 20 <= node.rows.estimated ? "high" : "medium",
      statement,
      change: { kind: "create", index: { table, method: "btree", keys, extension: null } },
    });
  }
  return findings;
};

const sortText = (keys: readonly ProposedKey[]): string =>
  keys.map(({ text, isDescending }) => (isDescending ? `${text} desc` : text)).join(", ");

/** Types whose default GiST operator class supports distances. */
const placeTypes = new Set(["point", "box", "circle", "polygon", "cube", "geometry", "geography"]);
const textTypes = new Set(["text", "character varying"]);
/** pgvector: its operators with their operator classes. */
const vectorClasses: Readonly<Record<string, string>> = {
  "<->": "vector_l2_ops",
  "<#>": "vector_ip_ops",
  "<=>": "vector_cosine_ops",
  "<+>": "vector_l1_ops",
};

function distanceIndex(table: TableFacts, { column, text, operator }: Term): ProposedIndex | null {
  if (column === null) {
    const isPoint = operator === "<->" && text.startsWith("point(");
    return isPoint ? { table, method: "gist", keys: [{ ...plainKey(text), column }], extension: null } : null;
  }
  // `geometry(Point,4326)`, `vector(3)`: ignores the modifier.
  const type = (table.columns.get(column)?.type ?? "").replace(/\(.*$/, "").trim();
  const key = plainKey(column);
  if (placeTypes.has(type)) return { table, method: "gist", keys: [key], extension: null };
  if (textTypes.has(type) && operator === "<->") {
    return { table, method: "gist", keys: [{ ...key, operatorClass: "gist_trgm_ops" }], extension: "pg_trgm" };
  }
  const operatorClass = type === "vector" ? (vectorClasses[operator] ?? null) : null;
  return operatorClass === null ? null : { table, method: "hnsw", keys: [{ ...key, operatorClass }], extension: null };
}

/** Sorts by distance that return only the nearest few rows. */
export const findNearest: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const findings: Finding[] = [];
  for (const { sort, scan, wanted, costShare } of topSorts(plan.root, catalog)) {
    const { table, alias, node } = scan;
    const distance = readDistance(sort.sortKeys[0] ?? "", alias);
    if (distance === null || table.rows < fewRows || node.rows.estimated < fewRows / 2) continue;
    if (costShare < minCostShare) continue;
    const index = distanceIndex(table, distance);
    if (index === null) continue;
    findings.push({
      rule: "nearest",
      reason:
        `${name} computes the distance (${distance.operator}) for about ${count(node.rows.estimated)} rows of ` +
        `${table.name} and sorts them to return about ${count(wanted)}; this is ${percent(costShare)} of the plan's ` +
        `cost. ${index.method === "gist" ? "A GiST" : "An HNSW"} index on ${distance.text} searches outward from the ` +
        "given point and stops once it has enough rows.",
      confidence: "high",
      statement,
      change: { kind: "create", index },
    });
  }
  return findings;
};

const patternOperators: Readonly<Record<string, string>> = {
  "~~": "LIKE",
  "~~*": "ILIKE",
  "~": "a regular expression",
  "~*": "a regular expression",
};
const foldedColumn = /^(?:lower|upper)\((.+)\)$/;

function matchedColumn({ column, text }: Term, { table }: Scan): ColumnFacts | undefined {
  const inner = column ?? foldedColumn.exec(text)?.[1]?.replaceAll(/[()"]|::text$/g, "");
  return inner === undefined ? undefined : table.columns.get(inner);
}

const isKnown = ({ value }: Term): boolean => value.startsWith("'") && !value.startsWith(hiddenConstant);

/** Whether the pattern is known and starts with literal characters, so that a btree in byte order can find it. */
const isPrefix = (term: Term): boolean => isKnown(term) && term.operator === "~~" && /^'[^%_'\\]+%'/.test(term.value);

function patternIndex(term: Term, scan: Scan, column: ColumnFacts): ProposedIndex {
  const { table } = scan;
  const key = { ...plainKey(term.text), column: term.column };
  if (isPrefix(term)) {
    const operatorClass = column.isByteOrder ? null : "text_pattern_ops";
    return { table, method: "btree", keys: [{ ...key, operatorClass }], extension: null };
  }
  return { table, method: "gin", keys: [{ ...key, operatorClass: "gin_trgm_ops" }], extension: "pg_trgm" };
}

/** Sequential scans that match a text column against a pattern. */
export const findPatterns: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const findings: Finding[] = [];
  for (const scan of sequentialScans(plan.root, catalog)) {
    const { node, table, terms } = scan;
    if (table.rows < fewRows || node.cost.selfShare < minCostShare) continue;
    for (const term of terms) {
      const kind = patternOperators[term.operator];
      const column = matchedColumn(term, scan);
      if (kind === undefined || column === undefined || !textTypes.has(column.type)) continue;
      const index = patternIndex(term, scan, column);
      const pattern = isKnown(term) ? "" : " with a pattern known only at run time";
      const cure =
        index.method === "gin"
          ? "A trigram index finds matches anywhere in the text for patterns of at least three characters."
          : "A btree in byte order finds prefixes.";
      findings.push({
        rule: "pattern",
        reason:
          `${name} reads all ${count(table.rows)} rows of ${table.name} to match ${term.text} with ${kind}${pattern}; ` +
          `this is ${percent(node.cost.selfShare)} of the plan's cost. ${cure}`,
        confidence: isKnown(term) ? "high" : "medium",
        statement,
        change: { kind: "create", index },
      });
    }
  }
  return findings;
};

/** A step that reads a table, with the table's facts and the conditions on it. */
export type Scan = {
  node: PlanNode;
  table: TableFacts;
  alias: string;
  /** From all its conditions. */
  terms: Term[];
};

function asScan(node: PlanNode, { tables }: Catalog): Scan | null {
  const table = node.relation === null ? undefined : tables.get(node.relation);
  const { alias } = node;
  if (table === undefined || alias === null) return null;
  const terms = node.conditions
    .filter(({ name }) => name === "Filter" || name === "Index Cond" || name === "Recheck Cond")
    .flatMap(({ text }) => readTerms(text, alias));
  return { node, table, alias, terms };
}

/** The steps of a plan that scan a whole table. */
function* sequentialScans(root: PlanNode, catalog: Catalog): Generator<Scan> {
  for (const node of stepsOf(root)) {
    const scan = /^(?:Parallel )?Seq Scan$/.test(node.type) ? asScan(node, catalog) : null;
    if (scan !== null) yield scan;
  }
}

const passesRowsOn = /^(?:Gather|Gather Merge|Result|Subquery Scan)$/;

/** A sort of one table's rows of which only the first are returned. */
export type TopSort = {
  sort: PlanNode;
  scan: Scan;
  /** The number of rows returned; the planner's estimate if the limit is a placeholder. */
  wanted: number;
  /** Share of the sort and all steps below it. */
  costShare: number;
};

function shareOf(node: PlanNode): number {
  let share = 0;
  for (const step of stepsOf(node)) share += step.cost.selfShare;
  return share;
}

/** The table scan below a step that passes its rows on. */
function scanBelow(node: PlanNode, catalog: Catalog): Scan | null {
  const [child] = node.children;
  if (child === undefined) return null;
  if (passesRowsOn.test(child.type)) return scanBelow(child, catalog);
  return /Seq Scan|Index Scan|Bitmap Heap Scan/.test(child.type) ? asScan(child, catalog) : null;
}

function topSorts(root: PlanNode, catalog: Catalog): TopSort[] {
  const found: TopSort[] = [];
  const visit = (node: PlanNode, wanted: number | null): void => {
    if (node.type === "Sort" && wanted !== null) {
      const scan = scanBelow(node, catalog);
      if (scan !== null) found.push({ sort: node, scan, wanted, costShare: shareOf(node) });
    }
    const isLimit = node.type === "Limit";
    const isPassed = isLimit || passesRowsOn.test(node.type);
    for (const child of node.children) visit(child, isPassed ? (isLimit ? node.rows.estimated : wanted) : null);
  };
  visit(root, null);
  return found;
}
