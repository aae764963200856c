import { type CatalogRule, count, fewRows, type Finding } from "./finding";
import { plainKey } from "./proposed-index";
import type { IndexFacts, IndexKey } from "../plan/catalog";

/** References to another table that no index finds: each row removed there reads all of this table. */
export const findForeignKeys: CatalogRule = ({ tables, indexes, foreignKeys }) =>
  foreignKeys.flatMap(({ name, table: tableName, columns, referencedTable, onDelete }) => {
    const table = tables.get(tableName);
    if (table === undefined || table.rows < fewRows) return [];
    const isFound = indexes.some(({ table: its, method, keys, isValid, predicate }) => {
      if (its !== tableName || !isValid || predicate !== null || !["btree", "hash"].includes(method)) return false;
      const first = new Set(keys.slice(0, columns.length).map(({ column }) => column));
      return columns.every((column) => first.has(column));
    });
    if (isFound) return [];
    const deletes = tables.get(referencedTable)?.deletes ?? 0;
    const removed =
      deletes > 0
        ? `${count(deletes)} of its rows were removed since counting began`
        : "none of its rows was removed since counting began";
    return [
      {
        rule: "foreign-key",
        reason:
          `No index begins with ${columns.join(", ")}, by which ${tableName} refers to ${referencedTable} (${name}). ` +
          `A row removed there reads all ${count(table.rows)} rows here (on delete ${onDelete}; ${removed}), and so ` +
          "does a join from there.",
        confidence: deletes > 0 ? "high" : "medium",
        statement: null,
        change: { kind: "create", index: { table, method: "btree", keys: columns.map(plainKey), extension: null } },
      },
    ];
  });

const dayMs = 86_400_000;
/** Before this has passed, what was not used may only not have been used yet. */
export const observedLongEnoughMs = 7 * dayMs;
/** Indexes that cost next to nothing to keep. */
const smallBytes = 1_048_576;

const keyText = ({ text, operatorClass, collation, isDescending, isNullsFirst }: IndexKey): string =>
  JSON.stringify([text, operatorClass, collation, isDescending, isNullsFirst]);

const isSpare = ({ isValid, isUnique, isConstraint }: IndexFacts): boolean => isValid && !isUnique && !isConstraint;

/** Whether `other` does all that `index` does: the same rows in the same order, perhaps in a finer one. */
function covers(other: IndexFacts, index: IndexFacts): boolean {
  if (other === index || other.table !== index.table || other.method !== index.method || !other.isValid) return false;
  if (other.predicate !== index.predicate || other.keys.length < index.keys.length) return false;
  // Only a btree is searched by its first keys alone as well as one that has no more.
  if (other.keys.length > index.keys.length && index.method !== "btree") return false;
  const carried = new Set([...other.keys.map(({ text }) => text), ...other.included]);
  if (!index.included.every((column) => carried.has(column))) return false;
  return index.keys.every((key, place) => {
    const its = other.keys[place];
    return its !== undefined && keyText(its) === keyText(key);
  });
}

const isSame = (a: IndexFacts, b: IndexFacts): boolean => covers(a, b) && covers(b, a);

/** Indexes whose work another one does. Of two that are the same the one that comes later by name is spare. */
export const findCoveredIndexes: CatalogRule = ({ indexes }) =>
  indexes.filter(isSpare).flatMap((index): Finding[] => {
    const others = indexes.filter((other) => covers(other, index));
    const same = others.find((other) => isSame(other, index) && (!isSpare(other) || other.name < index.name));
    const wider = others.find((other) => !isSame(other, index));
    const keeper = same ?? wider;
    if (keeper === undefined) return [];
    const keys = index.keys.map(({ text }) => text).join(", ");
    return [
      {
        rule: same === undefined ? "covered-index" : "duplicate-index",
        reason:
          same === undefined
            ? `${keeper.name} begins with the keys of ${index.name} (${keys}) and finds the same rows in the same order. ` +
              `Each write to ${index.table} keeps both up to date. Used ${count(index.scans)} times so far, ` +
              `which the other will take over.`
            : `${keeper.name} is the same index as ${index.name} (${keys}). Each write to ${index.table} keeps both up to date.`,
        confidence: same === undefined ? "medium" : "high",
        statement: null,
        change: { kind: "drop", index },
      },
    ];
  });

/** Indexes that no read has used for long enough to say so. */
export const findUnusedIndexes =
  (minMs: number): CatalogRule =>
  ({ indexes, tables, countedForMs }) => {
    if (countedForMs === null || countedForMs < minMs) return [];
    const days = Number((countedForMs / dayMs).toFixed(1));
    return indexes.filter(isSpare).flatMap((index): Finding[] => {
      if (index.scans > 0 || index.bytes < smallBytes || (tables.get(index.table)?.rows ?? 0) < fewRows) return [];
      return [
        {
          rule: "unused-index",
          reason:
            `Nothing has used ${index.name} in the ${days} days for which uses have been counted on this server; each ` +
            `write to ${index.table} keeps it up to date. A replica counts for itself, and so does what runs once a quarter.`,
          confidence: days >= 30 ? "medium" : "low",
          statement: null,
          change: { kind: "drop", index },
        },
      ];
    });
  };
