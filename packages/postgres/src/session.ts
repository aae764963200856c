import { type ExtractTablesWithRelations, fillPlaceholders, type Query } from "drizzle-orm";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { PgDialect, type PgTransactionConfig } from "drizzle-orm/pg-core";
import { PostgresJsDatabase, PostgresJsSession, PostgresJsTransaction } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import type { GatedClient } from "./gated-client";
import { createRowReader } from "./row-reader";
import type { Ask, Rows } from "./statement";
import type { StatementNames } from "./trace";
import type { TransactionClient } from "./transaction";

type NoSchema = Record<string, never>;
type Tables = ExtractTablesWithRelations<NoSchema>;
type Session = PostgresJsSession<Sql, NoSchema, Tables>;
type OpenTransaction = PostgresJsTransaction<NoSchema, Tables>;

/** Drizzle over the gate. Queries import the tables they use; the relational `query` API is not set up. */
export type Db = PostgresJsDatabase;
export type Tx = Parameters<Parameters<Db["transaction"]>[0]>[0];
export type DbOrTx = Db | Tx;

const dialect = new PgDialect();

/** Drizzle wraps what the driver throws in an error whose message holds the parameters; callers get the error itself. */
function plain(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? error) : error;
}

type Execute = (values?: Record<string, unknown>) => Promise<unknown>;

function unwrapped(prepared: { execute: Execute }): Execute {
  const execute = prepared.execute.bind(prepared);
  return (values) =>
    execute(values).catch((error: unknown) => {
      throw plain(error);
    });
}

/**
 * Notes the names of prepared statements, keeps Drizzle's error wrapping from callers, and asks for flat rows without
 * Drizzle's run time.
 */
class NamingSession extends PostgresJsSession<Sql, NoSchema, Tables> {
  readonly names: StatementNames;
  readonly via: { readonly ask: Ask };

  constructor(client: GatedClient | TransactionClient, names: StatementNames) {
    // Of a postgres.js client Drizzle calls `unsafe` for statements; transactions are overridden below.
    super(client as unknown as Sql, dialect, undefined);
    this.names = names;
    this.via = client;
  }

  override prepareQuery(
    ...[query, fields, name, isInArrayMode, mapResult, ...rest]: Parameters<Session["prepareQuery"]>
  ) {
    if (name !== undefined) this.names.set(query.sql, name);
    const prepared = super.prepareQuery(query, fields, name, isInArrayMode, mapResult, ...rest);
    const read = mapResult === undefined && fields !== undefined ? createRowReader(fields) : null;
    prepared.execute = read === null ? unwrapped(prepared) : this.direct(query, name !== undefined, read);
    // The type of the rows is the caller's own claim, as in Drizzle.
    return prepared as never;
  }

  /** What Drizzle's own `execute` comes to without a cache, a logger and nested rows, at a fraction of its promises. */
  direct({ sql: text, params }: Query, prepare: boolean, read: (rows: Rows) => unknown): Execute {
    return (values = {}) => {
      try {
        const parameters = fillPlaceholders(params, values);
        return this.via.ask({ text, parameters, prepare, shape: "arrays" }, read);
      } catch (error) {
        return Promise.reject(error);
      }
    };
  }
}

class GatedSession extends NamingSession {
  readonly gated: GatedClient;

  constructor(client: GatedClient, names: StatementNames) {
    super(client, names);
    this.gated = client;
  }

  override transaction<Result>(
    work: (tx: OpenTransaction) => Promise<Result>,
    config?: PgTransactionConfig,
  ): Promise<Result> {
    return this.gated.begin(async (client) => {
      const tx = createTx(client, this.names);
      if (config !== undefined) await tx.setTransaction(config);
      return work(tx);
    });
  }
}

class GatedTransaction extends PostgresJsTransaction<NoSchema, Tables> {
  readonly client: TransactionClient;
  readonly names: StatementNames;

  constructor(client: TransactionClient, names: StatementNames) {
    // Drizzle types the session of a transaction over a client of its own kind; it is used as any other session.
    super(dialect, new NamingSession(client, names) as never, undefined);
    this.client = client;
    this.names = names;
  }

  /** A savepoint: what `work` did is undone when it throws, and the transaction around goes on. */
  override transaction<Result>(work: (tx: OpenTransaction) => Promise<Result>): Promise<Result> {
    return this.client.savepoint((client) => work(createTx(client, this.names)));
  }
}

/** Drizzle over a transaction that is open. */
export function createTx(client: TransactionClient, names: StatementNames): OpenTransaction {
  return new GatedTransaction(client, names);
}

/** Drizzle over the gate. */
export function createDb(client: GatedClient, names: StatementNames): Db {
  return new PostgresJsDatabase(dialect, new GatedSession(client, names), undefined);
}
