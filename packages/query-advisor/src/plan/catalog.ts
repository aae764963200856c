/** What the database says about its tables, as far as advice needs it. Tables are named `schema.table`. */
export type Catalog = {
  tables: ReadonlyMap<string, TableFacts>;
  indexes: readonly IndexFacts[];
  foreignKeys: readonly ForeignKeyFacts[];
  /** Extensions that are installed in this database. */
  extensions: ReadonlySet<string>;
  /** For how long the uses of indexes have been counted; null when nobody knows. */
  countedForMs: number | null;
};

export type TableFacts = {
  name: string;
  /** As of the last ANALYZE or VACUUM. */
  rows: number;
  bytes: number;
  /** Rows removed since counting began. */
  deletes: number;
  columns: ReadonlyMap<string, ColumnFacts>;
};

export type ColumnFacts = {
  name: string;
  /** As Postgres writes it: `text`, `timestamp with time zone`. */
  type: string;
  /** Null before the first ANALYZE. */
  averageBytes: number | null;
  /** About how many different values there are; null when it is not known. */
  distinct: number | null;
  /** Whether a btree takes it. */
  isSortable: boolean;
  /** Whether its texts are compared by their bytes. */
  isByteOrder: boolean;
};

export type IndexKey = {
  /** Null for an expression. */
  column: string | null;
  /** The column or expression as Postgres writes it. */
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
  /** Columns that are only carried along. */
  included: readonly string[];
  isUnique: boolean;
  /** It stands for a constraint, or a replica tells rows apart by it: it is more than a way to find rows. */
  isConstraint: boolean;
  isValid: boolean;
  /** Of a partial index. */
  predicate: string | null;
  bytes: number;
  /** Uses since counting began. */
  scans: number;
};

export type ForeignKeyFacts = {
  name: string;
  table: string;
  columns: readonly string[];
  referencedTable: string;
  /** What happens to its rows when the one they refer to is removed, such as `cascade`. */
  onDelete: string;
};
