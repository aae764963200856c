import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import {
  hasPgBouncer,
  ignoredSettings,
  type PgBouncerOptions,
  startPgBouncer,
  versionOfPgBouncer,
} from "@weir/testkit/pgbouncer";
import { hasPostgresPair, type PostgresPair, startPostgresPair } from "@weir/testkit/postgres-pair";
import { testPrefix } from "@weir/testkit/testing";
import { createNotesDatabase, notesFeatures } from "@/dev/notes/test-notes";
import { prepareTestNodes, type TestNode } from "@/dev/test-node";
import { useNotes, visit, visitorEnvironment } from "@/dev/test-visit";
import { replaceBlock } from "@/dev/write-docs";
import { createMigrateCommand } from "@/cli/commands/migrate";

const file = "docs/operations.md";
const writer = "npx vitest run --project integration src/server/database-matrix.int.test.ts -u";

const bundles = openBundles();
let startNode: Awaited<ReturnType<typeof prepareTestNodes>>;
let admin: postgres.Sql;
const cleaners: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  startNode = await prepareTestNodes(bundles);
  admin = postgres(inject("databaseUrl"), { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  for (const clean of cleaners.toReversed()) await clean();
  await admin.end();
  bundles.remove();
});

/** What a row starts on. */
type Place = { url: string; env?: Readonly<Record<string, string>> };
type Row = { group: string; what: string; open: () => Promise<Place> };

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

/** A database with the notes and these defaults. */
async function home(settings: Readonly<Record<string, string>> = {}): Promise<Place> {
  const database = await createNotesDatabase();
  cleaners.push(database.drop);
  for (const [key, value] of Object.entries(settings)) {
    await admin.unsafe(`alter database ${nameOf(database.url)} set ${key} = '${value}'`);
  }
  return { url: database.url };
}

/** An empty database made with these options. */
async function empty(options: string): Promise<Place> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await admin.unsafe(`create database ${name} template template0 ${options}`);
  cleaners.push(() => admin.unsafe(`drop database ${name} with (force)`));
  return { url: Object.assign(new URL(inject("databaseUrl")), { pathname: name }).href, env: { SEED: "on" } };
}

async function pooled(place: Place, options: PgBouncerOptions): Promise<Place> {
  const pooler = await startPgBouncer(place.url, options);
  cleaners.push(() => pooler[Symbol.asyncDispose]());
  return { ...place, url: pooler.url };
}

/** A role of its own, with the rights that these statements give. */
async function asRole(place: Place, statements: (role: string) => Promise<readonly string[]>): Promise<Place> {
  const role = `role_${randomBytes(6).toString("hex")}`;
  const owner = postgres(place.url, { max: 1, onnotice: () => undefined });
  await owner.unsafe(`create role ${role} login password 'secret'`);
  cleaners.push(async () => {
    const again = postgres(place.url, { max: 1, onnotice: () => undefined });
    await again.unsafe(`drop owned by ${role}; drop role ${role}`);
    await again.end();
  });
  for (const statement of await statements(role)) await owner.unsafe(statement);
  await owner.end();
  const url = Object.assign(new URL(place.url), { username: role, password: "secret" }).href;
  return { ...place, url };
}

const ignoring = `ignore_startup_parameters = ${ignoredSettings.join(", ")}`;
const transaction = { mode: "transaction" } as const;

const grantsOf = async (role: string): Promise<readonly string[]> => {
  const command = createMigrateCommand({ features: notesFeatures, databaseUrl: () => Promise.reject(new Error()) });
  const { text } = await command.run({ positionals: [], values: { grants: role } }, () => Promise.reject(new Error()));
  return text.split("\n").filter((line) => !line.startsWith("--"));
};

/** Tables and a journal as those of another application. */
const neighbour = `
  create table users (id text primary key, name text, email text); create table accounts (id text primary key);
  create table sessions (id text primary key); create table verification_tokens (token text primary key);
  create schema drizzle;
  create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
  insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 4102444800000)`;

async function shared(): Promise<Place> {
  const place = await empty("");
  const owner = postgres(place.url, { max: 1, onnotice: () => undefined });
  await owner.unsafe(neighbour);
  await owner.end();
  return place;
}

function rowsOn(pair: PostgresPair, version: string): readonly Row[] {
  const seeded = { SEED: "on" };
  const hosts = (query: string, ...servers: readonly { port: number }[]): Place => ({
    url: `postgres://postgres@${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}/two${query}`,
    env: seeded,
  });
  const setting = (name: string, value: string): Row => ({
    group: "settings of the database",
    what: `\`${name} = ${value}\``,
    open: () => home({ [name]: value }),
  });
  const encoding = (name: string): Row => ({
    group: "encoding and collation",
    what: name,
    open: () => empty(`encoding '${name}' locale 'C'`),
  });
  return [
    { group: "server", what: `Postgres ${version}`, open: () => home() },
    { group: "server", what: "Postgres 15", open: () => Promise.resolve({ url: pair.primary.url, env: seeded }) },
    { group: "server", what: "a standby", open: () => Promise.resolve(hosts("", pair.standby)) },
    {
      group: "server",
      what: "a standby and its primary, as two hosts",
      open: () => Promise.resolve(hosts("?target_session_attrs=read-write", pair.standby, pair.primary)),
    },
    {
      group: "server",
      what: "`target_session_attrs=standby`",
      open: () => Promise.resolve(hosts("?target_session_attrs=standby", pair.standby, pair.primary)),
    },
    {
      group: "pooler",
      what: "PgBouncer, session mode",
      open: async () => pooled(await home(), { mode: "session", more: ignoring }),
    },
    {
      group: "pooler",
      what: "PgBouncer, session mode, without `ignore_startup_parameters`",
      open: async () => pooled(await home(), { mode: "session" }),
    },
    { group: "pooler", what: "PgBouncer, transaction mode", open: async () => pooled(await home(), transaction) },
    {
      group: "pooler",
      what: "the same with one session, an empty database and `statement_timeout = 10s`",
      open: async () => {
        const place = await empty("");
        await admin.unsafe(`alter database ${nameOf(place.url)} set statement_timeout = '10s'`);
        return pooled(place, { ...transaction, poolSize: 1 });
      },
    },
    {
      group: "pooler",
      what: "transaction mode, `bytea_output = escape` and `statement_timeout = 20ms`",
      open: async () => pooled(await home({ bytea_output: "escape", statement_timeout: "20ms" }), transaction),
    },
    {
      group: "pooler",
      what: "transaction mode, `DATABASE_POOLER=session`",
      open: async () => ({
        ...(await pooled(await home(), { ...transaction, more: ignoring })),
        env: { DATABASE_POOLER: "session" },
      }),
    },
    {
      group: "pooler",
      what: "PgBouncer, statement mode",
      open: async () => pooled(await home(), { mode: "statement" }),
    },
    {
      group: "rights",
      what: "the rows of a migrated database, `MIGRATE=check`",
      open: async () => ({ ...(await asRole(await home(), grantsOf)), env: { MIGRATE: "check" } }),
    },
    {
      group: "rights",
      what: "the rows of a migrated database, through PgBouncer in transaction mode",
      open: async () => pooled(await asRole(await home(), grantsOf), transaction),
    },
    { group: "rights", what: "no `CREATE` on an empty database", open: async () => asRole(await empty(""), none) },
    { group: "rights", what: "none on a migrated database", open: async () => asRole(await home(), none) },
    setting("DateStyle", "German"),
    setting("bytea_output", "escape"),
    setting("standard_conforming_strings", "off"),
    setting("default_transaction_isolation", "serializable"),
    setting("default_transaction_read_only", "on"),
    setting("statement_timeout", "1ms"),
    setting("search_path", "nowhere"),
    setting("row_security", "off"),
    {
      group: "encoding and collation",
      what: "Turkish",
      open: () => empty("encoding 'UTF8' locale 'C' locale_provider icu icu_locale 'tr-TR'"),
    },
    encoding("SQL_ASCII"),
    encoding("LATIN1"),
    { group: "shared database", what: "tables of NextAuth and a journal of Drizzle", open: shared },
  ];
}

const notRun: readonly (readonly [string, string])[] = [
  ["server", "Postgres 16 and 17"],
  ["server", "managed services: Supabase, Neon, RDS"],
  ["pooler", "Supavisor"],
];

const none = (): Promise<readonly string[]> => Promise.resolve([]);

/** What a node said about Postgres, or why it ended. Names and ports differ from run to run. */
function said(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.replace(/^weir +/, "").trim())
    .filter((line) => line !== "");
  const remarks = lines.flatMap((line) => (line.startsWith("Postgres: ") ? [line.slice("Postgres: ".length)] : []));
  const refusal = lines.find((line) => /^(?:The database|A migration|Migrations) /.test(line));
  const told = refusal === undefined ? remarks : lines.slice(lines.indexOf(refusal));
  return told
    .filter((line) => !line.includes("connections are in use"))
    .join("<br>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "host:5432")
    .replaceAll(/\btest_[0-9a-f]{16}/g, "shop")
    .replaceAll(/\brole_[0-9a-f]{12}\b/g, "app")
    .replaceAll("|", "\\|");
}

async function tryOut({ group, what, open }: Row): Promise<string> {
  const place = await open();
  const cells = (starts: string, runs: string, says: string): string =>
    `| ${[group, what, starts, runs, says === "" ? "–" : says].join(" | ")} |`;
  let node: TestNode;
  try {
    const env = { ...visitorEnvironment, ...place.env };
    node = await startNode({ databaseUrl: place.url, keyPrefix: testPrefix(), env });
  } catch (error) {
    return cells("no", "–", said(error instanceof Error ? error.message : String(error)));
  }
  try {
    await useNotes(await visit(node), "Written by the matrix");
    return cells("yes", "yes", said(node.output()));
  } catch (error) {
    return cells("yes", "no", `${said(node.output())} ${error instanceof Error ? error.message : ""}`.trim());
  } finally {
    await node.stop();
  }
}

const atATime = 3;

test("each server, pooler, role and setting starts, runs and says what docs/operations.md lists", async (context) => {
  if (!hasPgBouncer || !hasPostgresPair || (await versionOfPgBouncer()) !== "1.18") return context.skip();
  const pair = await startPostgresPair();
  cleaners.push(() => pair[Symbol.asyncDispose]());
  const primary = postgres(pair.primary.url, { max: 1 });
  await primary`create database two`;
  await primary.end();
  const [server] = await admin<{ version: string }[]>`
    select split_part(current_setting('server_version'), '.', 1) as version`;
  const rows = rowsOn(pair, server?.version ?? "");
  const lines = Array.from({ length: rows.length }, () => "");
  const left = rows.entries();
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      for (const [index, row] of left) lines[index] = await tryOut(row);
    }),
  );
  const table = [
    "| | | starts | runs | says |",
    "|---|---|---|---|---|",
    ...lines,
    ...notRun.map(([group, what]) => `| ${group} | ${what} | not run here | | |`),
  ].join("\n");
  const text = await readFile(file, "utf8");
  await expect(replaceBlock(text, "matrix", table, writer)).toMatchFileSnapshot(join(process.cwd(), file));
}, 600_000);
