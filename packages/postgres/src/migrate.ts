import { resolve } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { toDatabaseError } from "./failure";

export type MigrateOptions = {
  /** Where the migrations lie; `drizzle` under the working directory when left out. */
  folder?: string;
};

/** Any number that nothing else in the database locks. */
const lockId = 1_464_158_546;
const waitForOthersMs = 120_000;
const statementTimeoutMs = 120_000;

/**
 * Brings the schema up to date, all or nothing, and does nothing when it is. Nodes that start together do it one after
 * another. Rejects with DATABASE_UNAVAILABLE when the server is out of reach and with DATABASE_TIMEOUT when another
 * node, or a statement, takes more than two minutes.
 */
export async function migrateDatabase(url: string, { folder = "drizzle" }: MigrateOptions = {}): Promise<void> {
  // One session, because the lock belongs to the session that took it.
  const client = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: "weir migrate", statement_timeout: waitForOthersMs },
  });
  try {
    await client`select pg_advisory_lock(${lockId})`;
    await client`select set_config('statement_timeout', ${String(statementTimeoutMs)}, false)`;
    await migrate(drizzle(client), { migrationsFolder: resolve(folder) });
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    // Ends the session, and with it the lock.
    await client.end({ timeout: 5 });
  }
}
