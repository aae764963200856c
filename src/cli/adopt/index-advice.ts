import type { IndexMeasurement, MeasuredList, TableReport } from "@weir/postgres";
import {
  createSql,
  nameIndex,
  plainKey,
  type Plan,
  type ProposedIndex,
  readPlan,
  serves,
  stepsOf,
} from "@weir/query-advisor";
import type { FeatureSpec } from "../generate/feature-spec";
import { namesOf } from "../generate/names";

/** A list that no index serves, or several that want the same one. */
export type LackingList = {
  /** As a sentence names them, where one index serves several: `by customerId, ordered by placedAt`. */
  labels: string[];
  measured: MeasuredList;
  /** Statements to run one by one. */
  create: string[];
};

/** The lists of the feature that lack an index, with the index that each wants. */
export function findLackingLists(spec: FeatureSpec, table: TableReport): LackingList[] {
  const { fieldOf, key } = namesOf(spec);
  const columnOf = (field: string): string => fieldOf(field).column?.name ?? field;
  const facts = {
    name: `${table.schema}.${table.name}`,
    rows: table.rows ?? 0,
    bytes: table.bytes,
    deletes: 0,
    columns: new Map(),
  };
  const existing = table.indexes.map((index) => ({ ...index, table: facts.name }));
  const taken = new Set(existing.map(({ name }) => name));
  const proposed = (columns: readonly string[]): ProposedIndex => ({
    table: facts,
    method: "btree",
    keys: columns.map(plainKey),
    extension: null,
  });
  const lists = [null, ...spec.filters].flatMap((filter) => spec.orders.map((order) => ({ filter, ...order })));
  const lacking = new Map<string, LackingList>();
  for (const { filter, field, direction } of lists) {
    const sort = [...new Set([field, ...key.map(({ name }) => name)])].map(columnOf);
    const filterColumn = filter === null ? null : columnOf(filter);
    const columns = [...new Set([...(filterColumn === null ? [] : [filterColumn]), ...sort])];
    const label = `${filter === null ? "" : `by ${filter}, `}ordered by ${field}`;
    const known = lacking.get(JSON.stringify(columns));
    known?.labels.push(label);
    // Rows with the same value are few: Postgres sorts those itself.
    const enough = proposed(columns.slice(0, filterColumn === null ? 1 : 2));
    if (known !== undefined || existing.some((index) => serves(index, enough))) continue;
    const index = proposed(columns);
    const name = nameIndex(index, taken);
    taken.add(name);
    const [create = ""] = createSql(index, name, new Set());
    lacking.set(JSON.stringify(columns), {
      labels: [label],
      measured: { filter: filterColumn, sort, isDescending: direction === "desc", index: columns },
      create: table.kind === "partitioned" ? onPartitions(create, name) : [`${create};`],
    });
  }
  return [...lacking.values()];
}

/** Postgres builds no index CONCURRENTLY on a partitioned table: each partition gets its own, and they are attached. */
const onPartitions = (create: string, name: string): string[] => [
  `${create.replace("INDEX CONCURRENTLY", "INDEX").replace(" ON ", " ON ONLY ")};`,
  `-- then, for each partition: ${create.replace(`"${name}"`, "…").replace(/ ON \S+ USING/, " ON <partition> USING")};`,
  `-- and: ALTER INDEX "${name}" ATTACH PARTITION …; the table's index is valid when all are attached.`,
];

const shape = ({ root }: Plan): string => [...stepsOf(root)].map(({ type }) => type).join(" ← ");
const number = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });

function describe(output: unknown): string {
  const plan = readPlan(output);
  if (plan === null) return "no plan";
  const took = plan.executionMs === null ? "" : `, ${number(plan.executionMs)} ms`;
  return `${shape(plan)}, cost ${number(plan.root.cost.total)}${took}`;
}

/** Whether the index makes the plan cheaper by a third; null where that was not measured. */
export function helps({ before, copyBefore, after, how }: IndexMeasurement): boolean | null {
  const [old, now] = [readPlan(how === "copy" ? copyBefore : before), readPlan(after)];
  return old === null || now === null ? null : now.root.cost.total < old.root.cost.total * 0.67;
}

/** The lines about one list. */
export function describeLack(
  { labels, create }: LackingList,
  measured: IndexMeasurement,
  table: TableReport,
): string[] {
  const { before, copyBefore, after, how, copiedRows, problem } = measured;
  const copy = `on a copy of ${number(copiedRows ?? 0)}${table.rows === null ? "" : ` of about ${number(table.rows)}`} rows`;
  return [
    `The list ${labels.join(", and ")} lacks an index${helps(measured) === false ? "; at this size it gains little from one" : ""}:`,
    ...create.map((line) => `  ${line}`),
    ...(before === null ? [] : [`    before: ${describe(before)}`]),
    ...(how === "hypothetical" ? [`    after:  ${describe(after)} (HypoPG's estimate)`] : []),
    ...(how === "copy" ? [`    ${copy}: ${describe(copyBefore)}`, `    with the index there: ${describe(after)}`] : []),
    ...(problem === null ? [] : [`    after: not measured, because ${problem}`]),
  ];
}
