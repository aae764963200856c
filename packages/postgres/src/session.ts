import {
  Column,
  type DriverValueDecoder,
  type ExtractTablesWithRelations,
  fillPlaceholders,
  is,
  type Query,
  SQL,
} from "drizzle-orm";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { PgDialect, type PgTransactionConfig, type SelectedFieldsOrdered } from "drizzle-orm/pg-core";
import { PostgresJsDatabase, PostgresJsSession, PostgresJsTransaction } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import type { GatedClient } from "./gate/gated-client";
import type { StatementNames } from "./statements/events";
import type { Rows, RunQuery } from "./statements/statement";
import type { TransactionClient } from "./transaction";

type NoSchema = Record<string, never>;
type Tables = ExtractTablesWithRelations<NoSchema>;
type Session = PostgresJsSession<Sql, NoSchema, Tables>;
type OpenTransaction = PostgresJsTransaction<NoSchema, Tables>;

/** Drizzle over the gate. Import tables where you query them; the relational `query` API is not set up. */
export type Db = PostgresJsDatabase;
/**
 * Drizzle over an open transaction. Let every function that writes take it: `db` does not compile in its place, so no write
 * can survive a rollback of the transaction around it.
 */
export type Tx = Parameters<Parameters<Db["transaction"]>[0]>[0];
/** For functions that only read. */
export type DbOrTx = Db | Tx;

type Preparable<Statement> = { prepare: (name: string) => Statement };

/**
 * Prepares a statement under a name: Postgres parses and plans it once per connection, and telemetry shows it by this
 * name (`feature.read`). Placeholders are `sql.placeholder("…")`. On the hot path prepare it once, when the service is
 * created (rule D3); within a transaction prepare it from the transaction.
 */
export function prepared<Statement>(
  db: DbOrTx,
  name: string,
  builder: (db: DbOrTx) => Preparable<Statement>,
): Statement {
  return builder(db).prepare(name);
}

const dialect = new PgDialect();

/** Drizzle over the gate. */
export function createDb(client: GatedClient, names: StatementNames): Db {
  return new PostgresJsDatabase(dialect, new GatedSession(client, names), undefined);
}

/** Drizzle over an open transaction. */
export function createTx(client: TransactionClient, names: StatementNames): OpenTransaction {
  return new GatedTransaction(client, names);
}

/**
 * Registers the names of prepared statements, unwraps Drizzle's errors, and reads flat rows without Drizzle's own
 * execution.
 */
class NamingSession extends PostgresJsSession<Sql, NoSchema, Tables> {
  readonly names: StatementNames;
  readonly sender: { readonly query: RunQuery };

  constructor(client: GatedClient | TransactionClient, names: StatementNames) {
    // Of a postgres.js client Drizzle calls only `unsafe`, for statements; transactions are overridden below.
    super(client as unknown as Sql, dialect, undefined);
    this.names = names;
    this.sender = client;
  }

  override prepareQuery(
    ...[query, fields, name, isInArrayMode, mapResult, ...rest]: Parameters<Session["prepareQuery"]>
  ) {
    if (name !== undefined) this.names.set(query.sql, name);
    const statement = super.prepareQuery(query, fields, name, isInArrayMode, mapResult, ...rest);
    const read = mapResult === undefined && fields !== undefined ? createRowReader(fields) : null;
    statement.execute = read === null ? unwrapped(statement) : this.direct(query, name !== undefined, read);
    // The caller declares the type of the rows, as in Drizzle.
    return statement as never;
  }

  /** Does what Drizzle's own `execute` does without a cache, a logger and nested rows, with a fraction of its promises. */
  direct({ sql: text, params }: Query, prepare: boolean, read: (rows: Rows) => unknown): Execute {
    return (values = {}) => {
      try {
        const parameters = fillPlaceholders(params, values);
        return this.sender.query({ text, parameters, prepare, shape: "arrays" }, read);
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
    // Drizzle types the session of a transaction over its own kind of client; it is used as any other session.
    super(dialect, new NamingSession(client, names) as never, undefined);
    this.client = client;
    this.names = names;
  }

  /** A savepoint: rolls back what `work` did when it throws; the outer transaction goes on. */
  override transaction<Result>(work: (tx: OpenTransaction) => Promise<Result>): Promise<Result> {
    return this.client.savepoint((client) => work(createTx(client, this.names)));
  }
}

/** Drizzle wraps the driver's error in one whose message contains the parameters; callers get the driver's error. */
function unwrap(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? error) : error;
}

type Execute = (values?: Record<string, unknown>) => Promise<unknown>;

function unwrapped(statement: { execute: Execute }): Execute {
  const execute = statement.execute.bind(statement);
  return (values) =>
    execute(values).catch((error: unknown) => {
      throw unwrap(error);
    });
}

type Field = SelectedFieldsOrdered[number]["field"];
type Decoder = DriverValueDecoder<unknown, unknown>;

function decoderOf(field: Field): Decoder {
  if (is(field, Column)) return field;
  const expression = is(field, SQL) ? field : is(field, SQL.Aliased) ? field.sql : field._.sql;
  // Missing from Drizzle's type declarations; `mapWith` sets it.
  return (expression as unknown as { decoder: Decoder }).decoder;
}

/**
 * Turns rows that arrive as arrays into objects, as Drizzle does for the same fields, with everything that is the same for
 * each row computed once. Null when the fields are nested, as those of joins are.
 */
function createRowReader(fields: SelectedFieldsOrdered): ((rows: Rows) => Record<string, unknown>[]) | null {
  const columns: { key: string; decoder: Decoder }[] = [];
  for (const { path, field } of fields) {
    const [key] = path;
    if (key === undefined || path.length > 1) return null;
    columns.push({ key, decoder: decoderOf(field) });
  }

  const toRecord = (row: Rows[number]): Record<string, unknown> => {
    // The statement was sent with the shape "arrays".
    const values = row as unknown as readonly unknown[];
    const record: Record<string, unknown> = {};
    let index = 0;
    for (const { key, decoder } of columns) {
      const value = values[index];
      record[key] = value === null ? null : decoder.mapFromDriverValue(value);
      index += 1;
    }
    return record;
  };
  return (rows) => {
    const records: Record<string, unknown>[] = [];
    for (const row of rows) records.push(toRecord(row));
    return records;
  };
}
