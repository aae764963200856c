import postgres, { type Sql } from "postgres";
import { DatabaseError } from "../errors";
import { readAddress } from "./address";
import { chooseHost } from "./hosts";
import { explainRefusal, isSettingsRefusal } from "./refusal";
import { carriedSettings, ownSession, type Pooling, sessionSettings } from "./settings";

/** `session`: the server itself, or a pooler in session mode. */
export type PoolerChoice = "auto" | "session" | "transaction";

/**
 * Finds out whether a pooler in transaction mode is in front of the server, and whether it keeps prepared statements.
 * Opens up to three connections. Rejects with DATABASE_UNSUITABLE when the connection is refused or the pooler has no transactions, and with
 * DATABASE_UNAVAILABLE when the server cannot be reached; the message is one line.
 */
export async function detectPooling(given: string, choice: PoolerChoice = "auto"): Promise<Pooling> {
  if (choice === "session") return ownSession;
  let url = given;
  try {
    url = await chooseHost(given);
    const isShared = choice === "transaction" || (await sharesSessions(url));
    return isShared ? { ownsSession: false, prepares: await keepsPrepared(url) } : ownSession;
  } catch (error) {
    throw asRefusal(error, url);
  }
}

/** The error of a check as one line; what it cannot explain as it is. */
export function asRefusal(error: unknown, url: string): unknown {
  if (error instanceof postgres.PostgresError && error.code === "57014") {
    const detail =
      "DATABASE_URL: the role's statement_timeout ended the check. Run ALTER ROLE … SET statement_timeout = '10s'.";
    return new DatabaseError("DATABASE_UNSUITABLE", { detail, cause: error });
  }
  const refusal = explainRefusal(error, url);
  return refusal === null ? error : new DatabaseError(refusal.code, { detail: refusal.line, cause: error });
}

/** A connection for one check, with these settings of its session. */
export function openCheck(url: string, settings: Readonly<Record<string, string>>): Sql {
  const address = readAddress(url);
  return postgres(address.url, {
    ssl: address.ssl,
    max: 1,
    connect_timeout: 10,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { ...settings, application_name: "weir check" },
  });
}

const closeAll = (clients: readonly Sql[]): Promise<unknown> =>
  Promise.all(clients.map((client) => client.end({ timeout: 1 })));

type Session = { pid: number; told: number | null };

async function sessionOf(client: Sql): Promise<Session> {
  const rows = await client.unsafe<{ pid: number }[]>("select pg_backend_pid() as pid");
  // postgres.js declares `state` with the identity that the server gave the connection at its start.
  const told = (rows.state as { pid?: number } | undefined)?.pid ?? null;
  const [row] = rows;
  if (row === undefined) throw new TypeError("The server returned no process ID.");
  return { pid: row.pid, told };
}

/**
 * Enough for a pooler under load, or with a round robin, to give a connection another session or two connections the
 * same one.
 */
const rounds = 8;

/** Whether two connections get the same session of the server, or one connection several. Rejects with the server's error. */
export async function sharesSessions(url: string): Promise<boolean> {
  const first = openCheck(url, { ...sessionSettings, statement_timeout: "10000" });
  const clients = [first];
  try {
    const direct = await sessionOf(first).catch((error: unknown) => {
      if (isSettingsRefusal(error)) return null;
      throw error;
    });
    // Only the server itself, or what passes every byte on, tells the process that then responds.
    if (direct !== null && direct.told === direct.pid) return false;
    const pair = [openCheck(url, carriedSettings), openCheck(url, carriedSettings)];
    clients.push(...pair);
    const known = pair.map(() => new Set<number>());
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, client] of pair.entries()) known[index]?.add((await sessionOf(client)).pid);
      const pids = known.flatMap((own) => Array.from(own));
      // More than one each, or one for both.
      if (pids.length > pair.length || new Set(pids).size < pair.length) return true;
    }
    return false;
  } finally {
    await closeAll(clients);
  }
}

/**
 * A pooler that keeps prepared statements gives them names of its own, because two clients may use the same name. Asks
 * within one transaction, so that both statements run in the same session.
 */
async function keepsPrepared(url: string): Promise<boolean> {
  const client = openCheck(url, carriedSettings);
  try {
    await client.unsafe("select 1");
    return await client.begin<boolean>(async (tx) => {
      const { statement } = await tx.unsafe("select $1::text as probe", ["weir"], { prepare: true });
      const found = await tx.unsafe("select from pg_prepared_statements where name = $1", [statement.name], {
        prepare: false,
      });
      if (found.length === 0) return true;
      await tx.unsafe(`deallocate "${statement.name}"`);
      return false;
    });
  } catch (error) {
    // PgBouncer says why and hangs up, and postgres.js reports only that.
    if (error instanceof Error && "code" in error && error.code === "CONNECTION_CLOSED") {
      throw new DatabaseError("DATABASE_UNSUITABLE", {
        detail:
          "DATABASE_URL: the pooler closes a connection that begins a transaction, as it does in statement mode. Use its transaction or session mode.",
        cause: error,
      });
    }
    throw error;
  } finally {
    await closeAll([client]);
  }
}
