import type { IndexFacts, IndexKey, TableFacts } from "../plan/catalog";

/** A key of an index that is not there yet. */
export type ProposedKey = {
  /** Null for an expression. */
  column: string | null;
  /** The column's name, or the expression with names as Postgres writes them. */
  text: string;
  /** Null for the usual one of its type. */
  operatorClass: string | null;
  isDescending: boolean;
  isNullsFirst: boolean;
};

/** An index that is not there yet. */
export type ProposedIndex = {
  table: TableFacts;
  method: "btree" | "gin" | "gist" | "hnsw";
  keys: readonly ProposedKey[];
  /** What must be installed for its operator class. */
  extension: string | null;
};

export const plainKey = (column: string): ProposedKey => ({
  column,
  text: column,
  operatorClass: null,
  isDescending: false,
  isNullsFirst: false,
});

const bare = (text: string): string => text.replaceAll(/["()\s]|::text/g, "");

function isSameKey(key: IndexKey, wanted: ProposedKey): boolean {
  if (wanted.operatorClass !== null && key.operatorClass !== wanted.operatorClass) return false;
  return wanted.column === null ? bare(key.text) === bare(wanted.text) : key.column === wanted.column;
}

const isSameOrder = (key: IndexKey, wanted: ProposedKey): boolean =>
  key.isDescending === wanted.isDescending && key.isNullsFirst === wanted.isNullsFirst;
const isReverseOrder = (key: IndexKey, wanted: ProposedKey): boolean =>
  key.isDescending !== wanted.isDescending && key.isNullsFirst !== wanted.isNullsFirst;

/**
 * Whether an index that exists does all that the proposed one would: its first keys are the same, read forwards or
 * backwards, and it holds every row. An invalid one serves nobody.
 */
export function serves(index: IndexFacts, { table, method, keys }: ProposedIndex): boolean {
  if (index.table !== table.name || index.method !== method || !index.isValid || index.predicate !== null) return false;
  const pairs = keys.map((wanted, place) => ({ wanted, key: index.keys[place] }));
  const all = (is: (key: IndexKey, wanted: ProposedKey) => boolean): boolean =>
    pairs.every(({ key, wanted }) => key !== undefined && is(key, wanted));
  return all(isSameKey) && (method !== "btree" || all(isSameOrder) || all(isReverseOrder));
}

/** What tells two proposals apart. */
export const identityOf = ({ table, method, keys }: ProposedIndex): string =>
  JSON.stringify([
    table.name,
    method,
    keys.map((key) => [key.text, key.operatorClass, key.isDescending, key.isNullsFirst]),
  ]);

const maxNameLength = 63;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema.table`, quoted. Neither of the two may hold a dot, or there is no telling them apart. */
const quoteTable = (table: string): string => table.split(".").map(quote).join(".");

const word = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, "_")
    .replaceAll(/^_|_$/g, "");

/** A name in the manner of the house, `orders_customer_id`, that no index has yet. */
export function nameIndex({ table, keys, method }: ProposedIndex, taken: ReadonlySet<string>): string {
  const [, tableName = table.name] = table.name.split(".");
  const suffix =
    method === "btree" ? "" : keys.some(({ operatorClass }) => operatorClass?.includes("trgm")) ? "_trgm" : "";
  const words = [tableName, ...keys.map(({ text }) => text)].map(word);
  const base = words.join("_").slice(0, maxNameLength - 8) + suffix;
  for (let number = 2, name = base; ; number += 1) {
    if (!taken.has(name)) return name;
    name = `${base}_${number}`;
  }
}

function order({ isDescending, isNullsFirst }: ProposedKey): string {
  if (isDescending) return isNullsFirst ? " DESC" : " DESC NULLS LAST";
  return isNullsFirst ? " NULLS FIRST" : "";
}

const keySql = (key: ProposedKey): string => {
  const what = key.column === null ? `(${key.text})` : quote(key.column);
  return `${what}${key.operatorClass === null ? "" : ` ${key.operatorClass}`}${order(key)}`;
};

const onTable = ({ table, method, keys }: ProposedIndex): string =>
  `ON ${quoteTable(table.name)} USING ${method} (${keys.map(keySql).join(", ")})`;

/** As HypoPG wants to hear of it; null for kinds of indexes that it cannot pretend. */
export const pretendSql = (index: ProposedIndex): string | null =>
  index.method === "btree" ? `CREATE INDEX ${onTable(index)}` : null;

/** Statements to be run one by one, each outside a transaction. */
export function createSql(index: ProposedIndex, name: string, extensions: ReadonlySet<string>): string[] {
  const { extension } = index;
  const create = `CREATE INDEX CONCURRENTLY ${quote(name)} ${onTable(index)}`;
  if (extension === null || extensions.has(extension)) return [create];
  return [`CREATE EXTENSION IF NOT EXISTS ${quote(extension)}`, create];
}

export function dropSql({ name, table }: IndexFacts): string[] {
  const [schema] = table.split(".");
  return [`DROP INDEX CONCURRENTLY ${schema === undefined ? "" : `${quote(schema)}.`}${quote(name)}`];
}

/** The property under which a table's definition in Drizzle has a column. */
export type PropertyOf = (table: string, column: string) => string;

const camel = (name: string): string => name.replaceAll(/_+([a-z\d])/gi, (_all, next: string) => next.toUpperCase());

/** What most schemas call it: `created_at` is `createdAt`. */
export const usualProperty: PropertyOf = (_table, column) => camel(column);

const access = (property: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(property) ? `t.${property}` : `t[${JSON.stringify(property)}]`;

function keyDrizzle(key: ProposedKey, { table }: ProposedIndex, propertyOf: PropertyOf): string {
  if (key.column === null) {
    let text = key.text;
    for (const { name } of table.columns.values()) {
      const mention = new RegExp(`(?<![\\w."])${name.replaceAll(/[^\w]/g, String.raw`\$&`)}(?![\\w("])`, "g");
      text = text.replaceAll(mention, `\${${access(propertyOf(table.name, name))}}`);
    }
    return `sql\`${text}${key.operatorClass === null ? "" : ` ${key.operatorClass}`}${order(key)}\``;
  }
  const column = access(propertyOf(table.name, key.column));
  const withClass = key.operatorClass === null ? column : `${column}.op("${key.operatorClass}")`;
  // `.desc()` alone is DESC NULLS LAST to Drizzle, which cannot serve a plain DESC.
  if (key.isDescending) return `${withClass}.desc().nulls${key.isNullsFirst ? "First" : "Last"}()`;
  return key.isNullsFirst ? `${withClass}.asc().nullsFirst()` : withClass;
}

/** An entry of the list that the third argument of `pgTable` returns. */
export function createDrizzle(index: ProposedIndex, name: string, propertyOf: PropertyOf): string {
  const keys = index.keys.map((key) => keyDrizzle(key, index, propertyOf)).join(", ");
  const on = index.method === "btree" ? `.on(${keys})` : `.using("${index.method}", ${keys})`;
  return `index(${JSON.stringify(name)})${on}`;
}

/** There is nothing to write: an entry goes. */
export const dropDrizzle = ({ name, table }: IndexFacts): string =>
  `// Remove index(${JSON.stringify(name)}) from the table ${table.split(".").at(-1) ?? table}.`;

const pageBytes = 8_192;
/** Width that is assumed before the first ANALYZE, and of an expression. */
const unknownBytes = 16;

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Letters of a word yield a trigram each, and two more at its ends; a trigram that is in many rows is stored in brief. */
const bytesPerTrigramEntry = 2;

/**
 * How large an index would about be, in bytes, from the number of rows and the average width of its columns. Good for
 * the order of magnitude: what is filled by chance, and how well equal keys are stored as one, is not known beforehand.
 */
export function estimateIndexBytes({ table, method, keys }: ProposedIndex): number {
  const columnOf = ({ column }: ProposedKey) => (column === null ? undefined : table.columns.get(column));
  const keyBytes = keys.reduce((sum, key) => sum + (columnOf(key)?.averageBytes ?? unknownBytes), 0);
  const rows = Math.max(0, table.rows);
  // Each row has a header of 8 bytes and a pointer of 4; pages are left a tenth empty.
  const rowBytes = aligned(keyBytes) + 8 + 4;
  const used = (): number => {
    if (method === "gin") return rows * (keyBytes + 2) * bytesPerTrigramEntry;
    if (method === "gist") return (rows * (rowBytes + 8)) / 0.7;
    if (method === "hnsw") return rows * (keyBytes + 320);
    const distinct = keys.reduce((product, key) => product * (columnOf(key)?.distinct ?? rows), 1);
    // Rows with equal keys share one, and cost six bytes each beyond it.
    const shared = distinct * rowBytes + rows * 6.5;
    return Math.min(rows * rowBytes, shared) / 0.9;
  };
  return Math.max(1, Math.ceil((used() * 1.01) / pageBytes) + 1) * pageBytes;
}
