import type postgres from "postgres";

export type StatementOptions = {
  prepare: boolean;
  shape: "objects" | "arrays";
  /** Makes Postgres refuse a text with several commands, which it accepts where there is nothing to prepare and no parameter. */
  isSingle?: true;
};

/** `parameters` as Drizzle encodes them. */
export type Statement = StatementOptions & { text: string; parameters: unknown[] };

/** The result of one statement: its rows, and `command` and `count` as Postgres reported them. */
export type Rows = postgres.RowList<postgres.Row[]>;

/** Sends one statement and resolves with what `read` makes of its rows. */
export type RunQuery = <Result>(statement: Statement, read: (rows: Rows) => Result) => Promise<Result>;

/** The part of a postgres.js query that Drizzle uses. */
export type PendingRows = Promise<Rows> & { readonly values: () => Promise<Rows> };

/** The part of a postgres.js client that Drizzle uses for statements. */
export type Unsafe = (text: string, parameters?: unknown[], options?: { prepare?: boolean }) => PendingRows;

const identity = (rows: Rows): Rows => rows;

/**
 * `unsafe()` as Drizzle calls it. The statement is sent a microtask later, because the shape of its rows is only
 * chosen afterwards, by `.values()`.
 */
export function createUnsafe(query: RunQuery): Unsafe {
  return (text, parameters = [], { prepare = false } = {}) => {
    let shape: StatementOptions["shape"] = "objects";
    const rows = Promise.resolve().then(() => query({ text, parameters, prepare, shape }, identity));
    const values = (): Promise<Rows> => {
      shape = "arrays";
      return rows;
    };
    return Object.assign(rows, { values });
  };
}
