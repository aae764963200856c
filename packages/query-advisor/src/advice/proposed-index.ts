import type { IndexFacts, IndexKey, TableFacts } from "../plan/catalog";

/** A key of a proposed index. */
export type ProposedKey = {
  /** Null for an expression. */
  column: string | null;
  /** The column name, or the expression as Postgres writes it. */
  text: string;
  /** Null for the type's default. */
  operatorClass: string | null;
  isDescending: boolean;
  isNullsFirst: boolean;
};

/** An index to create. */
export type ProposedIndex = {
  table: TableFacts;
  method: "btree" | "gin" | "gist" | "hnsw";
  keys: readonly ProposedKey[];
  /** The extension that its operator class requires. */
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
 * Whether an existing index does the job of the proposed one: it starts with the same keys, read forwards or
 * backwards, and contains every row. An invalid index never does.
 */
export function serves(index: IndexFacts, { table, method, keys }: ProposedIndex): boolean {
  if (index.table !== table.name || index.method !== method || !index.isValid || index.predicate !== null) return false;
  const pairs = keys.map((wanted, place) => ({ wanted, key: index.keys[place] }));
  const all = (is: (key: IndexKey, wanted: ProposedKey) => boolean): boolean =>
    pairs.every(({ key, wanted }) => key !== undefined && is(key, wanted));
  return all(isSameKey) && (method !== "btree" || all(isSameOrder) || all(isReverseOrder));
}

/** Identifies a proposal. */
export const identityOf = ({ table, method, keys }: ProposedIndex): string =>
  JSON.stringify([
    table.name,
    method,
    keys.map((key) => [key.text, key.operatorClass, key.isDescending, key.isNullsFirst]),
  ]);

const maxNameLength = 63;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema.table`, quoted. Neither part may contain a dot, because they could not be separated. */
const quoteTable = (table: string): string => table.split(".").map(quote).join(".");

const word = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, "_")
    .replaceAll(/^_|_$/g, "");

/** An unused index name such as `orders_customer_id`. */
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

/** The statement for HypoPG; null for index types it does not support. */
export const pretendSql = (index: ProposedIndex): string | null =>
  index.method === "btree" ? `CREATE INDEX ${onTable(index)}` : null;

/** Statements to run one by one, each outside a transaction. */
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

/** Returns the property name of a column in the table's Drizzle definition. */
export type PropertyOf = (table: string, column: string) => string;

const camel = (name: string): string => name.replaceAll(/_+([a-z\d])/gi, (_all, next: string) => next.toUpperCase());

/** The usual convention: `created_at` is `createdAt`. */
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
  // In Drizzle, `.desc()` alone means DESC NULLS LAST, which cannot serve a plain DESC.
  if (key.isDescending) return `${withClass}.desc().nulls${key.isNullsFirst ? "First" : "Last"}()`;
  return key.isNullsFirst ? `${withClass}.asc().nullsFirst()` : withClass;
}

/** An entry for the list returned by the third argument of `pgTable`. */
export function createDrizzle(index: ProposedIndex, name: string, propertyOf: PropertyOf): string {
  const keys = index.keys.map((key) => keyDrizzle(key, index, propertyOf)).join(", ");
  const on = index.method === "btree" ? `.on(${keys})` : `.using("${index.method}", ${keys})`;
  return `index(${JSON.stringify(name)})${on}`;
}

/** Nothing to add: an entry must be removed. */
export const dropDrizzle = ({ name, table }: IndexFacts): string =>
  `// Remove index(${JSON.stringify(name)}) from the table ${table.split(".").at(-1) ?? table}.`;

const pageBytes = 8_192;
/** Assumed width before the first ANALYZE, and for expressions. */
const unknownBytes = 16;

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** A word has one trigram per character plus two at its ends. Postgres compresses the row lists of frequent trigrams. */
const bytesPerTrigramEntry = 2;

/**
 * The approximate size of an index in bytes, from the number of rows and the average width of its columns. Accurate
 * to the order of magnitude: fill factor and deduplication cannot be known in advance.
 */
export function estimateIndexBytes({ table, method, keys }: ProposedIndex): number {
  const columnOf = ({ column }: ProposedKey) => (column === null ? undefined : table.columns.get(column));
  const keyBytes = keys.reduce((sum, key) => sum + (columnOf(key)?.averageBytes ?? unknownBytes), 0);
  const rows = Math.max(0, table.rows);
  // Each row has a header of 8 bytes and a pointer of 4; pages are left 10 % empty.
  const rowBytes = aligned(keyBytes) + 8 + 4;
  const used = (): number => {
    if (method === "gin") return rows * (keyBytes + 2) * bytesPerTrigramEntry;
    if (method === "gist") return (rows * (rowBytes + 8)) / 0.7;
    if (method === "hnsw") return rows * (keyBytes + 320);
    const distinct = keys.reduce((product, key) => product * (columnOf(key)?.distinct ?? rows), 1);
    // Rows with equal keys share one key and cost six bytes each beyond it.
    const shared = distinct * rowBytes + rows * 6.5;
    return Math.min(rows * rowBytes, shared) / 0.9;
  };
  return Math.max(1, Math.ceil((used() * 1.01) / pageBytes) + 1) * pageBytes;
}
