import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import postgres, { type Sql, type TransactionSql } from "postgres";
import { TimeoutError, withTimeout } from "@weir/core/deadlines";
import { WeirError } from "@weir/core/errors";
import { readAddress } from "./connection/address";
import { toDatabaseError } from "./connection/failure";
import { explainRefusal, isSettingsRefusal } from "./connection/refusal";
import { chooseHost } from "./connection/hosts";
import { asRefusal } from "./connection/pooling";
import { carriedSettings, localSettings, sessionSettings } from "./connection/settings";
import { DatabaseError } from "./errors";

export type MigrateOptions = {
  /** A folder as drizzle-kit writes it; by default `drizzle` in the working directory. */
  folder?: string;
  /** The table that records what was applied, with its schema; one per folder. By default `weir.migrations`. */
  journal?: string;
};

/** How a folder compares with the journal of a database. Names of migrations, in the order of the folder. */
export type MigrationState = {
  applied: string[];
  /** Not applied yet. */
  pending: string[];
  /** Those of `pending` that stand before one that was applied: a merge brought them later. */
  late: string[];
  /** Applied with another content than they have now. */
  changed: string[];
  /** Applied, and not in this folder: by a newer release, or a migration that was deleted. */
  unknown: string[];
};

type Migration = { name: string; hash: string; statements: string[]; isConcurrent: boolean };
type Applied = { name: string; hash: string };

/** Any number that nothing else in the database locks. Every journal shares it: folders may depend on each other. */
const lockId = 1_464_158_546;
const maxWaitMs = 120_000;
const pollMs = 100;
// In milliseconds, by their names in Postgres.
const statement_timeout = "120000";
const lock_timeout = "30000";

/**
 * Applies the migrations of `folder` that the database lacks, in the order of the folder and in one transaction: all of
 * them or none. Late ones are applied too. A migration of statements with CONCURRENTLY runs outside a transaction; after a
 * crash it is taken up where it ended. Nodes that start together migrate one after another; without pending migrations
 * only the journal is read. Resolves with the state before. Rejects with MIGRATION_CHANGED, MIGRATION_FAILED,
 * DATABASE_UNAVAILABLE when the server cannot be reached, and DATABASE_TIMEOUT when another node, or a statement, takes
 * more than two minutes.
 */
export async function migrateDatabase(url: string, options: MigrateOptions = {}): Promise<MigrationState> {
  const { migrations, journal } = await readOptions(options);
  return withClient(url, async (client) => {
    const before = await readState(client, migrations, journal);
    let { pending } = before;
    const untilMs = performance.now() + maxWaitMs;
    while (pending.length > 0) {
      // No node holds a snapshot while it waits: CREATE INDEX CONCURRENTLY of another would wait for it.
      const left = await inTransaction(client, async (tx) => {
        // Without parameters, so that no portal stays open and keeps its snapshot.
        const [row] = await tx.unsafe(`select pg_try_advisory_xact_lock(${lockId}) as "isOurs"`);
        return row?.["isOurs"] === true ? applyNext(url, tx, migrations, journal) : null;
      });
      if (left !== null) pending = left;
      else if (performance.now() <= untilMs) await pause(pollMs);
      else throw new DatabaseError("DATABASE_TIMEOUT", { detail: "Another node has been migrating for two minutes." });
    }
    return before;
  });
}

/** Compares the folder with the database, and changes nothing. Rejects as `migrateDatabase` does, but for what it applies. */
export async function inspectMigrations(url: string, options: MigrateOptions = {}): Promise<MigrationState> {
  const { migrations, journal } = await readOptions(options);
  return withClient(url, async (client) => compare(migrations, await readJournal(client, journal)));
}

async function readOptions({ folder = "drizzle", journal = "weir.migrations" }: MigrateOptions) {
  const [schema, table, ...more] = journal.split(".");
  if (schema === undefined || table === undefined || more.length > 0) {
    throw new TypeError(`The journal must name a schema and a table, as in weir.migrations; got ${journal}.`);
  }
  return { migrations: await readFolder(resolve(folder)), journal: { schema, table } };
}

type Journal = Awaited<ReturnType<typeof readOptions>>["journal"];

const isConcurrent = /^(?:create\s+(?:unique\s+)?index|drop\s+index|reindex\s+(?:\([^)]*\)\s*)?\w+)\s+concurrently\b/i;

/** The statement without the comments before it. */
const bare = (statement: string): string => statement.replace(/^(?:\s|--[^\n]*\n)+/, "");

async function readFolder(folder: string): Promise<Migration[]> {
  // In drizzle-kit's format.
  const { entries } = JSON.parse(await readFile(join(folder, "meta/_journal.json"), "utf8")) as {
    entries: { tag: string }[];
  };
  return Promise.all(
    entries.map(async ({ tag: name }) => {
      // A checkout on Windows has other line ends.
      const text = (await readFile(join(folder, `${name}.sql`), "utf8")).replaceAll("\r\n", "\n");
      const statements = text.split("--> statement-breakpoint").filter((statement) => bare(statement) !== "");
      const concurrent = statements.filter((statement) => isConcurrent.test(bare(statement)));
      if (concurrent.length > 0 && concurrent.length < statements.length) {
        const detail = `${name}: put statements with CONCURRENTLY in their own migration, each followed by a breakpoint.`;
        throw new DatabaseError("MIGRATION_FAILED", { detail });
      }
      const hash = createHash("sha256").update(text).digest("hex");
      return { name, hash, statements, isConcurrent: concurrent.length > 0 };
    }),
  );
}

function compare(migrations: readonly Migration[], rows: readonly Applied[]): MigrationState {
  const hashes = new Map(rows.map(({ name, hash }) => [name, hash]));
  const names = migrations.map(({ name }) => name);
  const applied = names.filter((name) => hashes.has(name));
  const pending = names.filter((name) => !hashes.has(name));
  const lastApplied = names.findLastIndex((name) => hashes.has(name));
  return {
    applied,
    pending,
    late: pending.filter((name) => names.indexOf(name) < lastApplied),
    changed: migrations.flatMap(({ name, hash }) => ((hashes.get(name) ?? hash) === hash ? [] : [name])),
    unknown: rows.map(({ name }) => name).filter((name) => !names.includes(name)),
  };
}

async function readState(
  client: Sql | TransactionSql,
  migrations: readonly Migration[],
  journal: Journal,
): Promise<MigrationState> {
  const state = compare(migrations, await readJournal(client, journal));
  if (state.changed.length > 0) {
    const detail = `Changed: ${state.changed.join(", ")} in ${journal.schema}.${journal.table}.`;
    throw new DatabaseError("MIGRATION_CHANGED", { detail });
  }
  return state;
}

async function readJournal(client: Sql | TransactionSql, { schema, table }: Journal): Promise<Applied[]> {
  const [found] = await client<
    { id: string | null }[]
  >`select to_regclass(format('%I.%I', ${schema}::text, ${table}::text))::text as id`;
  if (found?.id === null) return [];
  return client<Applied[]>`select name, hash from ${client(schema)}.${client(table)} order by name`;
}

/**
 * Applies the next migrations, now that the lock is held: those up to the next with CONCURRENTLY in the transaction of the
 * lock, which needs no second session, or that one over a connection of its own. Resolves with the names of what is left.
 */
async function applyNext(
  url: string,
  tx: TransactionSql,
  migrations: readonly Migration[],
  journal: Journal,
): Promise<string[]> {
  const { pending: names } = await readState(tx, migrations, journal);
  const pending = migrations.filter(({ name }) => names.includes(name));
  const end = pending.findIndex((migration) => migration.isConcurrent);
  const next = end === 0 ? pending.slice(0, 1) : pending.slice(0, end === -1 ? pending.length : end);
  if (next.length > 0 && end !== 0) await ensureJournal(tx, journal);
  for (const migration of next) {
    await explaining(migration, async () => {
      if (migration.isConcurrent) {
        // Closes the portal of the last statement with parameters, whose snapshot CREATE INDEX CONCURRENTLY would wait for.
        await tx.unsafe("select 1");
        return runAlone(url, migration);
      }
      for (const statement of migration.statements) await runStatement(tx, statement);
    });
    await ensureJournal(tx, journal);
    await record(tx, journal, migration);
  }
  return names.slice(next.length);
}

const record = (tx: TransactionSql, { schema, table }: Journal, { name, hash }: Migration) =>
  tx`insert into ${tx(schema)}.${tx(table)} (name, hash) values (${name}, ${hash})`;

/** Schema and journal, only where they are missing: with IF NOT EXISTS Postgres asks for the right to create them first. */
async function ensureJournal(tx: TransactionSql, { schema, table }: Journal): Promise<void> {
  await createSchema(tx, schema);
  const [found] = await tx`select to_regclass(format('%I.%I', ${schema}::text, ${table}::text)) is null as "isMissing"`;
  if (found?.["isMissing"] !== true) return;
  await tx`create table ${tx(schema)}.${tx(table)} (
    name text primary key, hash text not null, applied_at timestamptz not null default now())`;
}

/**
 * By default a role finds the schema of its own name before `public`. For a role named as the schema that was just made, the
 * unqualified names of every application would from then on mean tables in it.
 */
const keepNamesakeInPublic = `do $$ begin
  if to_regnamespace(quote_ident(current_user)) is not null
    and (select reset_val from pg_settings where name = 'search_path') = '"$user", public'
  then
    execute format('alter role %I in database %I set search_path = public', current_user, current_database());
  end if;
exception when insufficient_privilege then null;
end $$`;

async function createSchema(tx: TransactionSql, schema: string): Promise<void> {
  const known = await tx`select from pg_namespace where nspname = ${schema}`;
  if (known.length > 0) return;
  await tx`create schema ${tx(schema)}`;
  await tx.unsafe(keepNamesakeInPublic);
}

const createsSchema = /^create\s+schema\s+(?:if\s+not\s+exists\s+)?"?([\w$]+)"?\s*;?\s*$/i;

async function runStatement(tx: TransactionSql, statement: string): Promise<void> {
  const schema = createsSchema.exec(bare(statement))?.[1];
  if (schema === undefined) await tx.unsafe(statement);
  else await createSchema(tx, schema);
}

const identifier = String.raw`(?:"[^"]+"|[\w$]+)`;
const createsIndex = new RegExp(
  String.raw`^create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?(${identifier}(?:\.${identifier})?)`,
  "i",
);

const aloneWaitMs = 10_000;

/** Outside a transaction, and so over a session other than that of the lock. */
async function runAlone(url: string, { name, statements }: Migration): Promise<void> {
  const cure = "Run npm run weir -- migrate with the server's own address in DATABASE_URL.";
  try {
    await withClient(
      url,
      async (client) => {
        for (const statement of statements) await runConcurrently(client, bare(statement));
      },
      aloneWaitMs,
    );
  } catch (cause) {
    if (!(cause instanceof TimeoutError)) throw cause;
    const detail = `${name} has CONCURRENTLY, which takes a second session, and the pooler gives only one. ${cure}`;
    throw new DatabaseError("MIGRATION_FAILED", { detail, cause });
  }
}

/** Outside a transaction. An index that an interrupted run left is made anew if it is invalid, and kept if it is valid. */
async function runConcurrently(client: Sql, statement: string): Promise<void> {
  const [, index, table] = createsIndex.exec(statement) ?? [];
  if (index !== undefined && table !== undefined) {
    const [left] = await client<{ isValid: boolean; name: string }[]>`
      select i.indisvalid as "isValid", i.indexrelid::regclass::text as name from pg_index i
      join pg_class c on c.oid = i.indexrelid
      where i.indrelid = to_regclass(${table}) and c.relname = (parse_ident(${index}))[1]`;
    if (left?.isValid === true) return;
    if (left !== undefined) await client.unsafe(`drop index concurrently ${left.name}`);
  }
  await client.unsafe(statement);
}

async function explaining(migration: Migration, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const known = toDatabaseError(error);
    if (known instanceof WeirError || !(error instanceof postgres.PostgresError)) throw known;
    const detail = `${migration.name}: ${[error.message, error.hint].filter(Boolean).join(". ")}`;
    throw new DatabaseError("MIGRATION_FAILED", { detail, cause: error });
  }
}

/**
 * A transaction with settings of its own, whatever those of the database and the role. Names without a schema are looked
 * up where the application's are, then in the schemas of the extensions: these may be anywhere.
 */
function inTransaction<Result>(client: Sql, work: (tx: TransactionSql) => Promise<Result>): Promise<Result> {
  // postgres.js declares that promises within the result are awaited too.
  return client.begin("isolation level read committed read write", async (tx) => {
    await tx.unsafe(localSettings({ statement_timeout, lock_timeout, idle_in_transaction_session_timeout: "0" }));
    await tx`select
      set_config('search_path', (
        select string_agg(quote_ident(name), ', ' order by place) from (
          select name, min(place) as place from (
            select name, place from unnest(current_schemas(false)) with ordinality as own (name, place) where name <> 'weir'
            union all select nspname, 1000 from pg_namespace where nspname = 'public'
            union all select nspname, 1001 from pg_namespace n join pg_extension e on e.extnamespace = n.oid where nspname <> 'pg_catalog'
            union all select 'weir', 1002
          ) as all_of_them group by name
        ) as once
      ), true)`;
    return work(tx);
  }) as Promise<Result>;
}

async function withClient<Result>(
  url: string,
  work: (client: Sql) => Promise<Result>,
  waitMs = maxWaitMs,
): Promise<Result> {
  const address = readAddress(url);
  const chosen = await chooseHost(url).catch((error: unknown) => {
    throw asRefusal(error, url);
  });
  const open = (settings: Readonly<Record<string, string>>): Sql =>
    postgres(readAddress(chosen).url, {
      ssl: address.ssl,
      max: 1,
      max_lifetime: null,
      connect_timeout: 10,
      fetch_types: false,
      prepare: false,
      onnotice: () => undefined,
      connection: { ...settings, application_name: "weir migrate" },
    });
  let client = open({ ...sessionSettings, ...address.settings });
  try {
    await withTimeout(client.unsafe("select 1"), waitMs).catch(async (error: unknown) => {
      if (!isSettingsRefusal(error)) throw error;
      // A pooler. Each transaction has the settings anyway.
      await client.end({ timeout: 5 });
      client = open(carriedSettings);
      await withTimeout(client.unsafe("select 1"), waitMs);
    });
    return await work(client);
  } catch (error) {
    const refusal = error instanceof WeirError ? null : explainRefusal(error, url);
    if (refusal === null) throw toDatabaseError(error);
    throw new DatabaseError(refusal.code, { detail: refusal.line, cause: error });
  } finally {
    await client.end({ timeout: 5 });
  }
}
