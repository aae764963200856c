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
