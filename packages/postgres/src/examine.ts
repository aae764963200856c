import type { Sql, TransactionSql } from "postgres";
import { readAddress } from "./connection/address";
import { asRefusal, detectPooling, openCheck, type PoolerChoice, sharesSessions } from "./connection/pooling";
import { chooseHost } from "./connection/hosts";
import { explainRefusal, isSettingsRefusal } from "./connection/refusal";
import { carriedSettings, localSettings, type Pooling, sessionSettings } from "./connection/settings";

export type ExamineOptions = {
  /** Connections that one process opens. */
  connections: number;
  /** The objects to create if they are missing. */
  schemas: readonly string[];
  extensions: readonly string[];
  /** By default whether there is a pooler is detected. */
  pooler?: PoolerChoice;
};

export type ServerReport = {
  /** As text: `18.0, UTF8, …`. */
  summary: string;
  /** What keeps Weir from working with this server, one line each, with its fix. */
  problems: string[];
  /** Remarks that do not stop a start. */
  remarks: string[];
  /** What connections may assume of their sessions. */
  pooling: Pooling;
};

type Facts = {
  version: string;
  versionNumber: number;
  encoding: string;
  role: string;
  database: string;
  isStandby: boolean;
  isSuperuser: boolean;
  mayCreateSchemas: boolean;
  connectionLimit: number;
  connectionsInUse: number;
  pid: number;
  serverMs: string;
  schemas: { name: string; mayCreate: boolean }[];
  extensions: string[];
  available: { name: string; isTrusted: boolean }[];
};

const oldestVersion = 15;
const maxSkewMs = 10_000;

/**
 * Checks the server before anything is changed. Resolves with all problems at once. Rejects with DATABASE_UNSUITABLE when the server refuses the connection itself, and with
 * DATABASE_UNAVAILABLE when it cannot be reached; the message is one line.
 */
export async function examineServer(given: string, options: ExamineOptions): Promise<ServerReport> {
  const { ignored, settings } = readAddress(given);
  const url = await chooseHost(given).catch((error: unknown) => {
    throw asRefusal(error, given);
  });
  const pooling = await detectPooling(url, options.pooler);
  const wanted = { ...sessionSettings, ...settings };
  const asNode = openCheck(url, { ...wanted, statement_timeout: "10000" });
  const plain = openCheck(url, carriedSettings);
  try {
    const isMistaken = options.pooler === "session" && (await sharesSessions(url));
    const refusal = pooling.ownsSession ? await refusalOf(asNode, url) : null;
    // Without the node's settings only where these are refused: the role's own limit may be very short.
    const client = pooling.ownsSession && refusal === null ? asNode : plain;
    const sentMs = Date.now();
    const found = await within(
      client,
      (tx) => tx<Facts[]>`
      select current_setting('server_version') as version, current_setting('server_version_num')::int as "versionNumber",
        (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()) as encoding,
        current_user as role, current_database() as database, pg_is_in_recovery() as "isStandby",
        current_setting('is_superuser') = 'on' as "isSuperuser",
        has_database_privilege(current_database(), 'CREATE') as "mayCreateSchemas",
        least(
          current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
          (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
          (select nullif(datconnlimit, -1) from pg_database where datname = current_database())
        ) as "connectionLimit",
        (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as "connectionsInUse",
        pg_backend_pid() as pid, (extract(epoch from clock_timestamp()) * 1000)::bigint::text as "serverMs",
        (select coalesce(json_agg(json_build_object(
          'name', nspname, 'mayCreate', has_schema_privilege(oid, 'CREATE'))), '[]') from pg_namespace) as schemas,
        (select coalesce(json_agg(extname), '[]') from pg_extension) as extensions,
        (select coalesce(json_agg(json_build_object('name', name, 'isTrusted', trusted)), '[]')
          from pg_available_extension_versions) as available`,
    );
    const [facts] = found;
    if (facts === undefined) throw new TypeError("The server check returned no row.");
    // postgres.js declares `state` with the identity that the server gave the connection at its start.
    const told = (found.state as { pid?: number } | undefined)?.pid;
    const isPooled = told !== undefined && told !== facts.pid;
    const ofSettings =
      refusal === null ? await readSettings(client, wanted, pooling, facts) : { problems: [], remarks: [] };
    const skewMs = Number(facts.serverMs) - (sentMs + Date.now()) / 2;
    const { connectionsInUse, connectionLimit } = facts;
    return {
      summary: `${facts.version}, ${facts.encoding}, ${facts.role}@${facts.database}, ${connectionsInUse} of ${connectionLimit} connections`,
      pooling,
      problems: [
        ...(isMistaken
          ? ["DATABASE_POOLER is session, but two connections share one session. Remove it, or set transaction."]
          : []),
        ...problemsOf(facts, pooling, options),
        ...(refusal === null ? [] : [refusal]),
        ...ofSettings.problems,
      ],
      remarks: [
        ...(ignored.length > 0 ? [`DATABASE_URL: ignored: ${ignored.join(", ")}.`] : []),
        ...(isPooled || !pooling.ownsSession ? [describePooling(pooling)] : []),
        ...ofSettings.remarks,
        ...(Math.abs(skewMs) > maxSkewMs
          ? [
              `Its clock is ${(skewMs / 1000).toFixed(0)} s ahead of this machine's (behind, if negative). Run NTP on both.`,
            ]
          : []),
        // A pooler decides itself how many connections the server gets.
        ...(pooling.ownsSession && connectionsInUse + options.connections > connectionLimit
          ? [
              `${connectionsInUse} of ${connectionLimit} connections are in use, and this process may open ${options.connections}.`,
            ]
          : []),
      ],
    };
  } catch (error) {
    throw asRefusal(error, url);
  } finally {
    await Promise.all([asNode, plain].map((one) => one.end({ timeout: 5 })));
  }
}

/** In a transaction with a node's settings: those of the role may be hostile. */
function within<Result>(client: Sql, work: (tx: TransactionSql) => Promise<Result>): Promise<Result> {
  // postgres.js declares that promises within the result are awaited too.
  return client.begin(async (tx) => {
    await tx.unsafe(localSettings({ statement_timeout: "10000" }));
    return work(tx);
  }) as Promise<Result>;
}

/** The line that tells why the settings of a node's sessions are refused; null where they are accepted. */
async function refusalOf(asNode: Sql, url: string): Promise<string | null> {
  try {
    await asNode`select 1`;
    return null;
  } catch (error) {
    const refusal = isSettingsRefusal(error) ? explainRefusal(error, url) : null;
    if (refusal === null) throw error;
    return refusal.line;
  }
}

function describePooling({ ownsSession, prepares }: Pooling): string {
  if (ownsSession) {
    return "The connection goes through a pooler or a proxy. It gives each connection its own session.";
  }
  const how = prepares ? "It keeps prepared statements." : "It does not keep prepared statements, which costs speed.";
  return `The connection goes through a pooler in transaction mode. ${how}`;
}

const limits = new Set(["statement_timeout", "lock_timeout", "idle_session_timeout"]);
/** A shorter limit of the role ends statements that are not slow. */
const minLimitMs = 1_000;

/**
 * Settings that the sessions lack: a pooler may drop them silently, and one in transaction mode accepts only some. Statements
 * outside of a transaction then run with the defaults of the role.
 */
async function readSettings(
  client: Sql,
  wanted: Readonly<Record<string, string>>,
  { ownsSession }: Pooling,
  { role, database }: Pick<Facts, "role" | "database">,
): Promise<Pick<ServerReport, "problems" | "remarks">> {
  const setFor = (name: string, value: string): string =>
    `Run ALTER ROLE ${role} IN DATABASE ${database} SET ${name} = ${value}, and let the pooler reconnect.`;
  const rows = await client<{ name: string; value: string }[]>`
    select s.name, s.setting as value from pg_settings s
    where lower(s.name) = any(string_to_array(lower(${Object.keys(wanted).join()}), ','))`;
  const found = new Map(rows.map(({ name, value }) => [name.toLowerCase(), value]));
  const problems: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const now = found.get(name.toLowerCase()) ?? value;
    if (limits.has(name) || now === value) continue;
    const literal = name === "search_path" ? value : `'${value}'`;
    problems.push(`A pooler drops ${name}, so its value is ${now}. ${setFor(name, literal)}`);
  }
  if (ownsSession) return { problems, remarks: [] };
  for (const name of ["statement_timeout", "lock_timeout"]) {
    const ms = Number(found.get(name) ?? 0);
    if (ms === 0 || ms >= minLimitMs) continue;
    problems.push(
      `The role's ${name} is ${ms} ms, and a pooler in transaction mode accepts no other. ${setFor(name, "'10s'")}`,
    );
  }
  const isUnlimited = Number(found.get("statement_timeout") ?? 0) === 0;
  return {
    problems,
    remarks: isUnlimited
      ? [
          `Outside of transactions no statement has a time limit on the server, because a pooler in transaction mode accepts none. ${setFor("statement_timeout", "'10s'")}`,
        ]
      : [],
  };
}

function problemsOf(
  facts: Facts,
  { ownsSession }: Pooling,
  { connections, schemas, extensions }: ExamineOptions,
): string[] {
  const problems: string[] = [];
  const { role, database } = facts;
  if (facts.versionNumber < oldestVersion * 10_000) {
    problems.push(`The server is Postgres ${facts.version}, and Weir needs ${oldestVersion} or newer.`);
  }
  if (facts.encoding !== "UTF8") {
    problems.push(
      `The database ${database} has the encoding ${facts.encoding}, which cannot store all text or does not validate it. Create a database with: CREATE DATABASE ${database}_utf8 ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  if (facts.isStandby) problems.push("The server is a standby, which rejects writes. Use the primary's address.");
  if (ownsSession && connections > facts.connectionLimit) {
    problems.push(
      `This process may open ${connections} connections, and ${role} is limited to ${facts.connectionLimit}. Set DATABASE_POOL_MAX lower, or raise max_connections.`,
    );
  }
  const known = new Map(facts.schemas.map(({ name, mayCreate }) => [name, mayCreate]));
  for (const schema of schemas) {
    const mayCreate = known.get(schema);
    if (mayCreate === undefined && !facts.mayCreateSchemas) {
      problems.push(
        `The schema ${schema} is missing, and ${role} may not create it. As the owner of the database: CREATE SCHEMA ${schema} AUTHORIZATION ${role}`,
      );
    }
    if (mayCreate === false) {
      problems.push(
        `Migrations are missing, and ${role} may not create tables in the schema ${schema}. Run npm run weir -- migrate as its owner, or: GRANT CREATE ON SCHEMA ${schema} TO ${role}`,
      );
    }
  }
  for (const extension of extensions) {
    if (facts.extensions.includes(extension)) continue;
    const offered = facts.available.filter(({ name }) => name === extension);
    if (offered.length === 0) {
      problems.push(`The extension ${extension} is not installed on the server. It is part of postgresql-contrib.`);
    } else if (!facts.isSuperuser && !(facts.mayCreateSchemas && offered.some(({ isTrusted }) => isTrusted))) {
      problems.push(
        `The extension ${extension} is missing, and ${role} may not create it. As a superuser: CREATE EXTENSION ${extension}`,
      );
    }
  }
  return problems;
}
