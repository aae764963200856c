import { count, fewRows, type CatalogRule } from "./finding";
import { plainKey } from "./proposal";

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
