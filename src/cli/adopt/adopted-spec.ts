import type { TableColumn, TableIndex, TableReport } from "@weir/postgres";
import { UsageError } from "../command";
import {
  type FeatureSpec,
  type Identity,
  type IdentityOptions,
  type Order,
  readIdentity,
  singular,
  type Taken,
} from "../generate/feature-spec";
import { type Field, orderTypeOf } from "../generate/field-types";
import { asciiWords, controls, hasOneText, mapColumns, mayBeTooLong } from "./map-columns";

export type AdoptOptions = {
  name?: string | undefined;
  entity?: string | undefined;
  columns?: string | undefined;
  orders?: string | undefined;
  filters?: string | undefined;
  readRole?: string | undefined;
  page?: string | undefined;
  hasPage: boolean;
};

export type AdoptedSpec = {
  spec: FeatureSpec;
  table: TableReport;
  /** What a reader of the output should know, one sentence each. */
  remarks: string[];
};

const maxColumns = 100;
const [maxOrders, maxFilters] = [3, 4];

const nameOf = ({ schema, name }: Pick<TableReport, "schema" | "name">): string => `${schema}.${name}`;

/** @throws UsageError for what cannot be adopted, with a sentence that says why */
function refuseUnfit(table: TableReport): void {
  const name = nameOf(table);
  const refuse = (why: string): never => {
    throw new UsageError(`${name} cannot be adopted: ${why}`);
  };
  if (/^pg_|^information_schema$/.test(table.schema)) refuse("it belongs to Postgres itself.");
  if (table.schema === "weir") refuse("it belongs to Weir itself.");
  if (table.isTemporary) refuse("it is temporary and belongs to one session.");
  if (table.kind === "view") {
    refuse(
      "it is a view: it has no key to name a row by and no trigger that tells of changes. Adopt the tables behind it.",
    );
  }
  if (table.kind === "materialized view") {
    refuse("it is a materialized view: REFRESH changes its rows without a trigger. Adopt the tables behind it.");
  }
  if (table.kind === "foreign table") {
    refuse(
      "it is a foreign table: its rows change on another server, where no trigger of this one fires. Adopt it there.",
    );
  }
  if (table.partitionOf !== null) refuse(`it is a partition of ${table.partitionOf}. Adopt that table.`);
  if (table.heirs.length > 0) {
    refuse(`${table.heirs.join(", ")} inherit from it: their rows show in it, and its key is not theirs.`);
  }
  if (`${table.schema}${table.name}`.includes(".")) refuse("its name contains a dot.");
  if (controls.test(`${table.schema}${table.name}`)) refuse("its name has a control character.");
  if (!table.rights.mayUseSchema) {
    refuse(
      `the role ${table.role} has no USAGE on the schema. Its owner can grant it: GRANT USAGE ON SCHEMA ${quote(table.schema)} TO ${quote(table.role)};`,
    );
  }
  if (!table.rights.mayRead) {
    refuse(
      `the role ${table.role} may not read it. Its owner can grant it: GRANT SELECT ON ${quote(table.schema)}.${quote(table.name)} TO ${quote(table.role)};`,
    );
  }
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const isPlain = (index: TableIndex): boolean =>
  index.isValid && index.predicate === null && index.keys.every(({ column }) => column !== null);
const columnsOf = ({ keys }: TableIndex): string[] => keys.flatMap(({ column }) => column ?? []);

/** The primary key, else the shortest unique index over columns that are NOT NULL. */
function findKey({ indexes, columns }: TableReport): TableIndex | null {
  const isNotNull = (name: string): boolean => columns.find((column) => column.name === name)?.isNotNull === true;
  const fit = indexes.filter(
    (index) => index.isUnique && index.isImmediate && isPlain(index) && columnsOf(index).every(isNotNull),
  );
  return fit.find(({ isPrimary }) => isPrimary) ?? fit.toSorted((a, b) => a.keys.length - b.keys.length)[0] ?? null;
}

const list = (text: string | undefined): string[] | null =>
  text
    ?.split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "") ?? null;

/** A name for the feature, in the plural: `film` → `films`, `Order Details` → `order-details`. */
function featureName(table: string): string {
  const words = asciiWords(table);
  const last = words.pop() ?? "";
  const isPlural = singular(last) !== last && !/(?:ss|us|is)$/.test(last);
  const plural = isPlural
    ? last
    : /[^aeiou]y$/.test(last)
      ? last.replace(/y$/, "ies")
      : /(?:s|x|z|ch|sh)$/.test(last)
        ? `${last}es`
        : `${last}s`;
  return [...words, plural].join("-").slice(0, 50);
}

/**
 * The feature that reads this table: its key, its fields, a list for each useful index and each foreign key.
 * @throws UsageError for a table that cannot be adopted, and for options that are not valid
 */
export function readAdoption(table: TableReport, options: AdoptOptions, taken: Taken): AdoptedSpec {
  refuseUnfit(table);
  const wanted = list(options.columns);
  for (const name of wanted ?? []) {
    if (!table.columns.some((column) => column.name === name))
      throw new UsageError(`--columns: ${nameOf(table)} has no column ${name}.`);
  }
  const keyIndex = findKey(table);
  if (keyIndex === null) {
    throw new UsageError(
      `${nameOf(table)} cannot be adopted: it has no primary key and no unique index over columns that are NOT NULL, so no row can be named, paged to or invalidated. Its owner can add one: ALTER TABLE ${quote(table.schema)}.${quote(table.name)} ADD PRIMARY KEY (…);`,
    );
  }
  const keyColumns = columnsOf(keyIndex);
  const mapped = mapColumns(table.columns, wanted === null ? null : new Set([...wanted, ...keyColumns]));
  const fields = [...mapped.values()].flatMap(({ field }) => field ?? []);
  if (fields.length > maxColumns) {
    throw new UsageError(
      `${nameOf(table)} has ${fields.length} columns, and a row carries ${maxColumns} at most. Name those to take: --columns ${keyColumns.join(",")},…`,
    );
  }
  const find = (name: string): { field: Field; column: TableColumn } | null => {
    const column = table.columns.find((one) => one.name === name || mapped.get(one.name)?.field?.name === name);
    const field = column === undefined ? undefined : mapped.get(column.name)?.field;
    return column === undefined || field === null || field === undefined ? null : { field, column };
  };
  const key = keyColumns.map((name) => keyField(table, name, find(name), mapped.get(name)));
  if (key.every(({ type }) => type === "timestamp" || type === "localTimestamp")) {
    throw new UsageError(
      `${nameOf(table)} cannot be adopted: its key (${keyColumns.join(", ")}) is a point in time, which is written in several ways. A key needs a column that is not.`,
    );
  }

  const canOrder = (name: string): Field | null => {
    const found = find(name);
    const fits =
      found !== null &&
      !found.field.isOptional &&
      orderTypeOf(found.field) !== undefined &&
      found.column.isDeterministic;
    return fits ? found.field : null;
  };
  const remarks = remarksOf(table, mapped, key, keyIndex);
  const filters =
    list(options.filters)?.map((name) => {
      const found = find(name);
      if (found === null || !hasOneText(found.field, found.column)) {
        throw new UsageError(
          `--filters: ${name} must be a column of text, whole numbers, booleans, dates, UUIDs or an enum, which the feature takes.`,
        );
      }
      return found.field.name;
    }) ?? foreignFilters(table, find, keyColumns, remarks);

  const first = { field: key[0]?.name ?? "", direction: "asc" as const };
  // A list that is filtered by a column is of more use than one that is ordered by it.
  const orders = list(options.orders)?.map((text) => readOrder(table, text, canOrder)) ?? [
    first,
    ...ledOrders(table, canOrder, new Set([first.field, ...filters])),
  ];

  const name = options.name ?? featureName(table.name);
  if (name === "s") throw new UsageError(`Give the feature a name in ASCII: --name orders.`);
  const { entity, readRole = "viewer", page, hasPage } = options;
  const spec: FeatureSpec = {
    ...identityOf(name, { entity, readRole, page, hasPage }, taken, options.name === undefined),
    fields,
    orders: unique(orders, ({ field }) => field),
    filters: unique(filters, (field) => field),
    stats: [],
    mutations: [],
    writeRole: "operator",
    adopted: { schema: table.schema, table: table.name, key: key.map((field) => field.name) },
  };
  return { spec, table, remarks };
}

/** The name that follows from a table may be taken: then the error says how to give another. */
function identityOf(name: string, options: IdentityOptions, taken: Taken, isDerived: boolean): Identity {
  try {
    return readIdentity(name, options, taken);
  } catch (error) {
    if (!isDerived || !(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message} Name the feature with --name.`);
  }
}

function unique<Item>(items: readonly Item[], by: (item: Item) => string): Item[] {
  return [...new Map(items.toReversed().map((item) => [by(item), item])).values()].toReversed();
}

function keyField(
  table: TableReport,
  name: string,
  found: { field: Field; column: TableColumn } | null,
  mapped: ReturnType<typeof mapColumns> extends Map<string, infer One> ? One | undefined : never,
): Field {
  if (found !== null && orderTypeOf(found.field) !== undefined && found.column.isDeterministic) return found.field;
  const { type = "" } = table.columns.find((column) => column.name === name) ?? {};
  const why =
    mapped?.field === null
      ? mapped.reason
      : found?.column.isDeterministic === false
        ? "its collation takes different texts for equal"
        : type === "boolean" || found?.field.type === "choice"
          ? `pages do not continue after a value of type ${type}`
          : `a value of type ${type} can be written in several ways`;
  throw new UsageError(
    `${nameOf(table)} cannot be adopted: the column ${name} of its key does not name a row: ${why}.`,
  );
}

function readOrder(table: TableReport, text: string, canOrder: (name: string) => Field | null): Order {
  const [, name = "", direction = "asc"] = /^(.*?)(?::(asc|desc))?$/.exec(text) ?? [];
  const field = canOrder(name);
  if (field === null) {
    throw new UsageError(
      `--orders: ${nameOf(table)} cannot be ordered by ${name}: an order is a column that the feature takes, NOT NULL, of text, whole numbers, dates, timestamps or UUIDs.`,
    );
  }
  return { field: field.name, direction: direction === "desc" ? "desc" : "asc" };
}

/** The orders that an index leads with already. Newest first, others from the smallest. */
function ledOrders({ indexes }: TableReport, canOrder: (name: string) => Field | null, taken: Set<string>): Order[] {
  const orders: Order[] = [];
  for (const index of indexes) {
    const lead =
      index.method === "btree" && index.isValid && index.predicate === null ? (index.keys[0]?.column ?? null) : null;
    const field = lead === null ? null : canOrder(lead);
    if (field === null || taken.has(field.name) || orders.length >= maxOrders - 1) continue;
    taken.add(field.name);
    const isTime = ["date", "timestamp", "localTimestamp"].includes(field.type);
    orders.push({ field: field.name, direction: isTime ? "desc" : "asc" });
  }
  return orders;
}

function foreignFilters(
  table: TableReport,
  find: (name: string) => { field: Field; column: TableColumn } | null,
  keyColumns: readonly string[],
  remarks: string[],
): string[] {
  const filters: string[] = [];
  for (const { columns, referencedTable, name } of table.foreignKeys) {
    const [only, ...more] = columns;
    const found = only === undefined ? null : find(only);
    if (more.length > 0) {
      remarks.push(`No list for the foreign key ${name}: it has ${columns.length} columns, and a list filters by one.`);
    } else if (found === null || !hasOneText(found.field, found.column)) {
      remarks.push(
        `No list by ${only ?? ""} for ${referencedTable}: the column is left out, or its values can be written in several ways.`,
      );
    } else if (keyColumns.length === 1 && keyColumns[0] === only) {
      continue;
    } else if (filters.length >= maxFilters) {
      remarks.push(`No list by ${only ?? ""}: more than ${maxFilters} foreign keys. Choose with --filters.`);
    } else filters.push(found.field.name);
  }
  return filters;
}

function remarksOf(
  table: TableReport,
  mapped: ReturnType<typeof mapColumns>,
  key: readonly Field[],
  keyIndex: TableIndex,
): string[] {
  const left = [...mapped].flatMap(([name, one]) =>
    one.field === null ? [`${name} is left out: ${one.reason}.`] : [],
  );
  const read = [...mapped].flatMap(([name, one]) =>
    one.field !== null && one.remark !== null
      ? [`${name} (${one.field.column?.type ?? ""}) is mapped: ${one.remark}.`]
      : [],
  );
  return [
    ...left,
    ...read,
    ...(keyIndex.isPrimary ? [] : [`Rows are named by the unique index ${keyIndex.name}; there is no primary key.`]),
    ...key
      .filter(mayBeTooLong)
      .map(({ column }) => `Keys longer than 500 characters in ${column?.name ?? ""} cannot be asked for.`),
    ...(table.hasRowSecurity
      ? ["Row-level security is on: every caller gets the rows that Weir's role sees, because responses are shared."]
      : []),
    ...table.indexes.flatMap((index) =>
      index.isValid
        ? index.predicate !== null
          ? [`The index ${index.name} is partial, so no list uses it.`]
          : index.keys.some(({ column }) => column === null)
            ? [`The index ${index.name} is on an expression, so no list uses it.`]
            : []
        : [`The index ${index.name} is invalid: drop it and create it again.`],
    ),
  ];
}
