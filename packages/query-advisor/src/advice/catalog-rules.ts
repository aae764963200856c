import { type CatalogRule, count, fewRows, type Finding } from "./finding";
import { plainKey } from "./proposed-index";
import type { IndexFacts, IndexKey } from "../plan/catalog";

/** Foreign keys without an index: deleting a referenced row scans the whole referencing table. */
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
    const deleted = `${deletes > 0 ? count(deletes) : "no"} deletes from ${referencedTable} since statistics were reset`;
    return [
      {
        rule: "foreign-key",
        reason:
          `No index starts with ${columns.join(", ")}, the columns of the foreign key ${name} from ${tableName} to ${referencedTable}. ` +
          `Deleting a row from ${referencedTable}, or joining from it, reads all ${count(table.rows)} rows of ${tableName} ` +
          `(on delete ${onDelete}; ${deleted}).`,
        confidence: deletes > 0 ? "high" : "medium",
        statement: null,
        change: { kind: "create", index: { table, method: "btree", keys: columns.map(plainKey), extension: null } },
      },
    ];
  });

const dayMs = 86_400_000;
/** An index unused for less than this may only not have been needed yet. */
export const observedLongEnoughMs = 7 * dayMs;
/** Indexes below this size cost almost nothing to keep. */
const smallBytes = 1_048_576;

const keyText = ({ text, operatorClass, collation, isDescending, isNullsFirst }: IndexKey): string =>
  JSON.stringify([text, operatorClass, collation, isDescending, isNullsFirst]);

const isRedundant = ({ isValid, isUnique, isConstraint }: IndexFacts): boolean => isValid && !isUnique && !isConstraint;

/** Whether `other` can replace `index`: the same rows in the same order, possibly with more keys. */
function covers(other: IndexFacts, index: IndexFacts): boolean {
  if (other === index || other.table !== index.table || other.method !== index.method || !other.isValid) return false;
  if (other.predicate !== index.predicate || other.keys.length < index.keys.length) return false;
  // Only a btree is as good at searching by its first keys as an index without the others.
  if (other.keys.length > index.keys.length && index.method !== "btree") return false;
  const carried = new Set([...other.keys.map(({ text }) => text), ...other.included]);
  if (!index.included.every((column) => carried.has(column))) return false;
  return index.keys.every((key, place) => {
    const its = other.keys[place];
    return its !== undefined && keyText(its) === keyText(key);
  });
}

const isSame = (a: IndexFacts, b: IndexFacts): boolean => covers(a, b) && covers(b, a);

/** Indexes that another index can replace. Of two identical ones, the one later by name is redundant. */
export const findCoveredIndexes: CatalogRule = ({ indexes }) =>
  indexes.filter(isRedundant).flatMap((index): Finding[] => {
    const others = indexes.filter((other) => covers(other, index));
    const same = others.find((other) => isSame(other, index) && (!isRedundant(other) || other.name < index.name));
    const wider = others.find((other) => !isSame(other, index));
    const keeper = same ?? wider;
    if (keeper === undefined) return [];
    const keys = index.keys.map(({ text }) => text).join(", ");
    return [
      {
        rule: same === undefined ? "covered-index" : "duplicate-index",
        reason:
          same === undefined
            ? `${keeper.name} starts with the keys of ${index.name} (${keys}) and returns the same rows in the same order. ` +
              `Every write to ${index.table} updates both. ${index.name} has been used ${count(index.scans)} times; ` +
              `${keeper.name} can serve those reads.`
            : `${keeper.name} is the same index as ${index.name} (${keys}). Every write to ${index.table} updates both.`,
        confidence: same === undefined ? "medium" : "high",
        statement: null,
        change: { kind: "drop", index },
      },
    ];
  });

/** Indexes that no read has used for a long time. */
export const findUnusedIndexes =
  (minMs: number): CatalogRule =>
  ({ indexes, tables, countedForMs }) => {
    if (countedForMs === null || countedForMs < minMs) return [];
    const days = Number((countedForMs / dayMs).toFixed(1));
    return indexes.filter(isRedundant).flatMap((index): Finding[] => {
      if (index.scans > 0 || index.bytes < smallBytes || (tables.get(index.table)?.rows ?? 0) < fewRows) return [];
      return [
        {
          rule: "unused-index",
          reason:
            `${index.name} has not been used on this server in the ${days} days covered by its statistics, yet every ` +
            `write to ${index.table} updates it. Before dropping it, check replicas and jobs that run rarely, such as once a quarter.`,
          confidence: days >= 30 ? "medium" : "low",
          statement: null,
          change: { kind: "drop", index },
        },
      ];
    });
  };
