import { resolve } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import postgres, { type Sql } from "postgres";
import { toDatabaseError } from "./connection/failure";

export type MigrateOptions = {
  /** The folder with the migrations; by default `drizzle` in the working directory. */
  folder?: string;
  /**
   * The journal: the table that records which migrations have been applied. Drizzle compares with its newest row only,
   * so each folder needs a journal of its own. Created in the schema `drizzle` unless the name contains one
   * (`weir.migrations`); by default `__drizzle_migrations`.
   */
  table?: string;
  /**
   * The journal in a database of another application, whose own migrations are in `table`. It is used when it exists, or
   * when `table` has rows and none is of this folder.
   */
  guestTable?: string;
  /** Uses `guestTable` in a new database too, and leaves `table` to an application that may come later. */
  isGuest?: boolean;
};

/** Any number that nothing else in the database locks. Every journal shares it: folders may depend on each other. */
const lockId = 1_464_158_546;
const maxLockWaitMs = 120_000;
const statementTimeoutMs = 120_000;

/** Which of the two journals holds the migrations of the folder, or is to hold them. */
async function chooseTable(
  client: Sql,
  { folder, table, guestTable, isGuest }: Required<MigrateOptions>,
): Promise<string> {
  const quoted = (name: string): string => {
    const { migrationsSchema, migrationsTable } = journalOf(name);
    return `"${migrationsSchema}"."${migrationsTable}"`;
  };
  const [found] = await client<{ hasOwn: boolean; hasGuest: boolean }[]>`
    select to_regclass(${quoted(table)}) is not null as "hasOwn", to_regclass(${quoted(guestTable)}) is not null as "hasGuest"`;
  if (found?.hasGuest === true) return guestTable;
  if (found?.hasOwn !== true) return isGuest ? guestTable : table;
  // Drizzle identifies an applied migration by its time.
  const times = readMigrationFiles({ migrationsFolder: folder }).map(({ folderMillis }) => folderMillis);
  const [rows] = await client<{ all: number; own: number }[]>`
    select count(*)::int as "all",
      (count(*) filter (where created_at::text = any(string_to_array(${times.join()}, ','))))::int as "own"
    from ${client.unsafe(quoted(table))}`;
  if (rows === undefined || rows.own > 0) return table;
  return isGuest || rows.all > 0 ? guestTable : table;
}

function journalOf(table: string): { migrationsSchema: string; migrationsTable: string } {
  const [name = table, schema = "drizzle"] = table.split(".").toReversed();
  return { migrationsSchema: schema, migrationsTable: name };
}

/**
 * Applies the migrations of `folder` that the database lacks, all of them or none. Nodes that start together migrate one
 * after another. Rejects with DATABASE_UNAVAILABLE when the server cannot be reached and with DATABASE_TIMEOUT when
 * another node, or a statement, takes more than two minutes.
 */
export async function migrateDatabase(
  url: string,
  { folder = "drizzle", table = "__drizzle_migrations", guestTable = table, isGuest = false }: MigrateOptions = {},
): Promise<void> {
  // One session, because the lock belongs to the session that took it.
  const client = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: "weir migrate", statement_timeout: maxLockWaitMs },
  });
  try {
    await client`select pg_advisory_lock(${lockId})`;
    await client`select set_config('statement_timeout', ${String(statementTimeoutMs)}, false)`;
    const migrationsFolder = resolve(folder);
    const journal =
      guestTable === table
        ? table
        : await chooseTable(client, { folder: migrationsFolder, table, guestTable, isGuest });
    await migrate(drizzle(client), { migrationsFolder, ...journalOf(journal) });
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    // Ends the session, and with it the lock.
    await client.end({ timeout: 5 });
  }
}
