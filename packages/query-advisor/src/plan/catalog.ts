/** What advice needs to know about the tables of a database. Tables are named `schema.table`. */
export type Catalog = {
  tables: ReadonlyMap<string, TableFacts>;
  indexes: readonly IndexFacts[];
  foreignKeys: readonly ForeignKeyFacts[];
  /** Installed extensions. */
  extensions: ReadonlySet<string>;
  /** How long index use has been counted; null if unknown. */
  countedForMs: number | null;
};

export type TableFacts = {
  name: string;
  /** As of the last ANALYZE or VACUUM. */
  rows: number;
  bytes: number;
  /** Rows deleted since statistics were reset. */
  deletes: number;
  columns: ReadonlyMap<string, ColumnFacts>;
};

export type ColumnFacts = {
  name: string;
  /** In Postgres notation: `text`, `timestamp with time zone`. */
  type: string;
  /** Null before the first ANALYZE. */
  averageBytes: number | null;
  /** Approximate number of distinct values; null if unknown. */
  distinct: number | null;
  /** Whether a btree supports it. */
  isSortable: boolean;
  /** Whether its texts are compared byte by byte. */
  isByteOrder: boolean;
};

export type IndexKey = {
  /** Null for an expression. */
  column: string | null;
  /** The column or expression in Postgres notation. */
  text: string;
  operatorClass: string;
  collation: string | null;
  isDescending: boolean;
  isNullsFirst: boolean;
};

export type IndexFacts = {
  name: string;
  table: string;
  /** `btree`, `gin`, `gist`, … */
  method: string;
  keys: readonly IndexKey[];
  /** Non-key columns from INCLUDE. */
  included: readonly string[];
  isUnique: boolean;
  /** It backs a constraint or is a replica identity, so it cannot simply be dropped. */
  isConstraint: boolean;
  isValid: boolean;
  /** For a partial index. */
  predicate: string | null;
  bytes: number;
  /** Scans since statistics were reset. */
  scans: number;
};

export type ForeignKeyFacts = {
  name: string;
  table: string;
  columns: readonly string[];
  referencedTable: string;
  /** The action when the referenced row is deleted, such as `cascade`. */
  onDelete: string;
};
