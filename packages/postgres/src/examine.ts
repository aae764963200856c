import postgres, { type Sql } from "postgres";
import { readAddress } from "./connection/address";
import { sessionSettings } from "./connection/settings";
import { explainRefusal } from "./connection/refusal";
import { DatabaseError } from "./errors";

export type ExamineOptions = {
  /** Connections that one process opens. */
  connections: number;
  /** The objects to create if they are missing. */
  schemas: readonly string[];
  extensions: readonly string[];
};

export type ServerReport = {
  /** As text: `18.0, UTF8, …`. */
  summary: string;
  /** What keeps Weir from working with this server, one line each, with its fix. */
  problems: string[];
  /** Remarks that do not stop a start. */
  remarks: string[];
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
  serverMs: number;
  schemas: { name: string; mayCreate: boolean }[];
  extensions: string[];
  available: { name: string; isTrusted: boolean }[];
};

const oldestVersion = 15;
const maxSkewMs = 10_000;

/**
 * Checks the server before anything is changed, in one statement and over connections without settings. Resolves with
 * all problems at once. Rejects with DATABASE_UNSUITABLE when the server refuses the connection itself, and with
 * DATABASE_UNAVAILABLE when it cannot be reached; the message is one line.
 */
export async function examineServer(url: string, options: ExamineOptions): Promise<ServerReport> {
  const address = readAddress(url);
  const open = (settings: Readonly<Record<string, string>> = {}) =>
    postgres(address.url, {
      ssl: address.ssl,
      max: 1,
      connect_timeout: 10,
      fetch_types: false,
      prepare: false,
      onnotice: () => undefined,
      connection: { ...settings, application_name: "weir check" },
    });
  const [client, second] = [open(), open()];
  const asNode = open({ ...sessionSettings, ...address.settings });
  try {
    const sentMs = Date.now();
    const found = await client<Facts[]>`
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
        pg_backend_pid() as pid, (extract(epoch from clock_timestamp()) * 1000)::float8 as "serverMs",
        (select coalesce(json_agg(json_build_object(
          'name', nspname, 'mayCreate', has_schema_privilege(oid, 'CREATE'))), '[]') from pg_namespace) as schemas,
        (select coalesce(json_agg(extname), '[]') from pg_extension) as extensions,
        (select coalesce(json_agg(json_build_object('name', name, 'isTrusted', trusted)), '[]')
          from pg_available_extension_versions) as available`;
    const [facts] = found;
    if (facts === undefined) throw new TypeError("The server check returned no row.");
    const [other] = await second<{ pid: number }[]>`select pg_backend_pid() as pid`;
    // postgres.js declares `state` with the identity that the server gave the connection at its start.
    const told = (found.state as { pid?: number } | undefined)?.pid;
    const isShared = other?.pid === facts.pid;
    const refused = isShared ? [] : await unsetSettings(asNode, url);
    const skewMs = facts.serverMs - (sentMs + Date.now()) / 2;
    return {
      summary: `${facts.version}, ${facts.encoding}, ${facts.role}@${facts.database}, ${facts.connectionsInUse} of ${facts.connectionLimit} connections`,
      problems: [...problemsOf(facts, isShared, options), ...refused],
      remarks: [
        ...(address.ignored.length > 0 ? [`DATABASE_URL: ignored: ${address.ignored.join(", ")}.`] : []),
        ...(told !== undefined && told !== facts.pid && !isShared
          ? [
              "The connection goes through a pooler or a proxy. It gives each connection its own session, as Weir requires.",
            ]
          : []),
        ...(Math.abs(skewMs) > maxSkewMs
          ? [
              `Its clock is ${(skewMs / 1000).toFixed(0)} s ahead of this machine's (behind, if negative). Run NTP on both.`,
            ]
          : []),
        ...(facts.connectionsInUse + options.connections > facts.connectionLimit
          ? [
              `${facts.connectionsInUse} of ${facts.connectionLimit} connections are in use, and this process may open ${options.connections}.`,
            ]
          : []),
      ],
    };
  } catch (error) {
    const refusal = explainRefusal(error, url);
    if (refusal === null) throw error;
    throw new DatabaseError(refusal.code, { detail: refusal.line, cause: error });
  } finally {
    await Promise.all([client, second, asNode].map((one) => one.end({ timeout: 5 })));
  }
}

/** The settings that the rows read here depend on. */
const ofTheWire = ["DateStyle", "IntervalStyle", "bytea_output", "extra_float_digits", "array_nulls"];

/** A pooler may reject session settings, or drop them silently. */
async function unsetSettings(asNode: Sql, url: string): Promise<string[]> {
  try {
    const rows = await asNode<{ name: string; value: string }[]>`
      select name, current_setting(name) as value from unnest(string_to_array(${ofTheWire.join()}, ',')) as name`;
    return rows.flatMap(({ name, value }) => {
      const wanted = sessionSettings[name] ?? value;
      return value === wanted
        ? []
        : [
            `A pooler drops ${name}, so its value is ${value}. For the role in DATABASE_URL: ALTER ROLE … SET ${name} = '${wanted}'`,
          ];
    });
  } catch (error) {
    const refusal = explainRefusal(error, url);
    if (refusal === null) throw error;
    return [refusal.line];
  }
}

function problemsOf(facts: Facts, isShared: boolean, { connections, schemas, extensions }: ExamineOptions): string[] {
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
  if (isShared) {
    problems.push(
      "The connection goes through a pooler in transaction mode (such as PgBouncer): two connections share one session. Weir keeps settings and prepared statements in its sessions. Use the server's own address, or a pool in session mode.",
    );
  }
  if (facts.isStandby) problems.push("The server is a standby, which rejects writes. Use the primary's address.");
  if (connections > facts.connectionLimit) {
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
