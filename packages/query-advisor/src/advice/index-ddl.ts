import type { IndexFacts } from "../plan/catalog";
import type { ProposedIndex, ProposedKey } from "./proposal";

const longestName = 63;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema.table`, quoted. Neither of the two may hold a dot, or there is no telling them apart. */
const quoteTable = (table: string): string => table.split(".").map(quote).join(".");

const word = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, "_")
    .replaceAll(/^_|_$/g, "");

/** A name in the manner of the house, `cities_country_code`, that no index has yet. */
export function nameIndex({ table, keys, method }: ProposedIndex, taken: ReadonlySet<string>): string {
  const [, tableName = table.name] = table.name.split(".");
  const suffix =
    method === "btree" ? "" : keys.some(({ operatorClass }) => operatorClass?.includes("trgm")) ? "_trgm" : "";
  const words = [tableName, ...keys.map(({ text }) => text)].map(word);
  const base = words.join("_").slice(0, longestName - 8) + suffix;
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
