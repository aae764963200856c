import type { TableFacts } from "../plan/catalog";
import { readDistance, type Term } from "../plan/condition";
import { count, fewRows, type Finding, leastCostShare, percent, type PlanRule } from "./finding";
import { plainKey, type ProposedIndex } from "./proposal";
import { topSorts } from "./scans";

/** Types whose usual GiST operator class knows distances. */
const places = new Set(["point", "box", "circle", "polygon", "cube", "geometry", "geography"]);
const texts = new Set(["text", "character varying"]);
/** pgvector: its operators, and the operator class for each. */
const vectorClasses: Readonly<Record<string, string>> = {
  "<->": "vector_l2_ops",
  "<#>": "vector_ip_ops",
  "<=>": "vector_cosine_ops",
  "<+>": "vector_l1_ops",
};

function indexFor(table: TableFacts, { column, text, operator }: Term): ProposedIndex | null {
  if (column === null) {
    const isPoint = operator === "<->" && text.startsWith("point(");
    return isPoint ? { table, method: "gist", keys: [{ ...plainKey(text), column }], extension: null } : null;
  }
  // `geometry(Point,4326)`, `vector(3)`: the size is of no concern here.
  const type = (table.columns.get(column)?.type ?? "").replace(/\(.*$/, "").trim();
  const key = plainKey(column);
  if (places.has(type)) return { table, method: "gist", keys: [key], extension: null };
  if (texts.has(type) && operator === "<->") {
    return { table, method: "gist", keys: [{ ...key, operatorClass: "gist_trgm_ops" }], extension: "pg_trgm" };
  }
  const operatorClass = type === "vector" ? (vectorClasses[operator] ?? null) : null;
  return operatorClass === null ? null : { table, method: "hnsw", keys: [{ ...key, operatorClass }], extension: null };
}

/** All rows that are measured and sorted for the sake of the nearest few. */
export const findNearest: PlanRule = (statement, catalog) => {
  const { name, plan } = statement;
  const findings: Finding[] = [];
  for (const { sort, scan, wanted, costShare } of topSorts(plan.root, catalog)) {
    const { table, alias, node } = scan;
    const distance = readDistance(sort.sortKeys[0] ?? "", alias);
    if (distance === null || table.rows < fewRows || node.rows.estimated < fewRows / 2) continue;
    if (costShare < leastCostShare) continue;
    const index = indexFor(table, distance);
    if (index === null) continue;
    findings.push({
      rule: "nearest",
      reason:
        `${name} measures the distance (${distance.operator}) of about ${count(node.rows.estimated)} rows of ` +
        `${table.name} and sorts them to find about ${count(wanted)}; that is ${percent(costShare)} of the plan's ` +
        `cost. ${index.method === "gist" ? "A GiST" : "An HNSW"} index on ${distance.text} walks outwards from the ` +
        "place and stops when it has enough.",
      confidence: "high",
      statement,
      change: { kind: "create", index },
    });
  }
  return findings;
};
