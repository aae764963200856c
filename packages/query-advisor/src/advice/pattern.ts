import type { ColumnFacts } from "../plan/catalog";
import type { Term } from "../plan/condition";
import { hiddenConstant } from "../plan/statement-shape";
import { count, fewRows, type Finding, leastCostShare, percent, type PlanRule } from "./finding";
import { plainKey, type ProposedIndex } from "./proposal";
import { type Scan, sequentialScans } from "./scans";

const operators: Readonly<Record<string, string>> = {
  "~~": "LIKE",
  "~~*": "ILIKE",
  "~": "a regular expression",
  "~*": "a regular expression",
};
const texts = new Set(["text", "character varying"]);
const folded = /^(?:lower|upper)\((.+)\)$/;

function columnOf({ column, text }: Term, { table }: Scan): ColumnFacts | undefined {
  const inner = column ?? folded.exec(text)?.[1]?.replaceAll(/[()"]|::text$/g, "");
  return inner === undefined ? undefined : table.columns.get(inner);
}

const isKnown = ({ value }: Term): boolean => value.startsWith("'") && !value.startsWith(hiddenConstant);

/** Whether the pattern is known and begins with letters, in which case a btree in byte order finds it. */
const isPrefix = (term: Term): boolean => isKnown(term) && term.operator === "~~" && /^'[^%_'\\]+%'/.test(term.value);

function indexFor(term: Term, scan: Scan, column: ColumnFacts): ProposedIndex {
  const { table } = scan;
  const key = { ...plainKey(term.text), column: term.column };
  if (isPrefix(term)) {
    const operatorClass = column.isByteOrder ? null : "text_pattern_ops";
    return { table, method: "btree", keys: [{ ...key, operatorClass }], extension: null };
  }
  return { table, method: "gin", keys: [{ ...key, operatorClass: "gin_trgm_ops" }], extension: "pg_trgm" };
}

/** A table that is read as a whole for texts that match a pattern. */
export const findPatterns: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const findings: Finding[] = [];
  for (const scan of sequentialScans(plan.root, catalog)) {
    const { node, table, terms } = scan;
    if (table.rows < fewRows || node.cost.selfShare < leastCostShare) continue;
    for (const term of terms) {
      const kind = operators[term.operator];
      const column = columnOf(term, scan);
      if (kind === undefined || column === undefined || !texts.has(column.type)) continue;
      const index = indexFor(term, scan, column);
      const pattern = isKnown(term) ? "" : " with a pattern that is only known when it is asked";
      const cure =
        index.method === "gin"
          ? "A trigram index finds what contains three letters or more of the pattern, wherever they stand."
          : "A btree in the order of bytes finds beginnings.";
      findings.push({
        rule: "pattern",
        reason:
          `${name} reads all ${count(table.rows)} rows of ${table.name} to match ${term.text} by ${kind}${pattern}; ` +
          `that is ${percent(node.cost.selfShare)} of the plan's cost. ${cure}`,
        confidence: isKnown(term) ? "high" : "medium",
        statement,
        change: { kind: "create", index },
      });
    }
  }
  return findings;
};
