import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from "vitest";
import { createDatabase } from "@weir/postgres";
import { freePort, waitUntil } from "@weir/embedded/processes";
import { notesFeatures } from "@/dev/notes/test-notes";
import { examineDatabase, migrateAll } from "./migrations";
import { users } from "./schema";

let name: string;
let role: string;
let admin: postgres.Sql;
beforeEach(() => {
  name = `test_${randomBytes(8).toString("hex")}`;
  role = `role_${randomBytes(6).toString("hex")}`;
  admin = postgres(inject("databaseUrl"), { max: 1, onnotice: () => undefined });
});
afterEach(async () => {
  await admin`drop database if exists ${admin(name)} with (force)`;
  await admin`drop role if exists ${admin(role)}`;
  await admin.end();
});

function urlOf(part: Partial<Pick<URL, "username" | "password" | "pathname" | "port">>): string {
  return Object.assign(new URL(inject("databaseUrl")), { pathname: name, ...part }).href;
}

const examine = (url: string, poolMax = 4) => examineDatabase(url, notesFeatures, { mode: "auto", poolMax });

test("an empty database that suits has no problem, and nothing is changed", async () => {
  await admin`create database ${admin(name)}`;
  const report = await examine(urlOf({}));
  expect(report.problems).toEqual([]);
  expect(report.summary).toMatch(/^1\d\.\d.*, UTF8, \w+@test_/);
  const sql = postgres(urlOf({}), { max: 1 });
  expect(await sql`select from pg_namespace where nspname = 'weir'`).toHaveLength(0);
  await sql.end();
});

test.each(["SQL_ASCII", "LATIN1"])("a database with the encoding %s is refused with a sentence", async (encoding) => {
  await admin.unsafe(`create database ${name} encoding '${encoding}' locale 'C' template template0`);
  const { problems } = await examine(urlOf({}));
  expect(problems).toEqual([expect.stringMatching(new RegExp(`encoding ${encoding}, .*ENCODING 'UTF8'`))]);
});

test("all problems are reported at once, each with its fix", async () => {
  await admin.unsafe(`create database ${name} encoding 'LATIN1' locale 'C' template template0`);
  await admin.unsafe(`create role ${role} login password 'secret' connection limit 3`);
  const { problems } = await examine(urlOf({ username: role, password: "secret" }), 10);
  expect(problems).toEqual([
    expect.stringContaining("LATIN1"),
    expect.stringMatching(/may open 12 connections, and .* is limited to 3\. .*DATABASE_POOL_MAX/),
    expect.stringContaining(`CREATE SCHEMA weir AUTHORIZATION ${role}`),
    expect.stringContaining(`CREATE SCHEMA notes AUTHORIZATION ${role}`),
  ]);
});

test("an extension that the role may not create is named", async () => {
  await admin`create database ${admin(name)}`;
  await admin.unsafe(`create role ${role} login password 'secret'`);
  const migrations = await mkdtemp(join(tmpdir(), "weir-extensions-"));
  onTestFinished(() => rm(migrations, { recursive: true }));
  const tag = "0000_extensions";
  const wanted = ["pg_trgm", "unaccent", "cube"].map((one) => `CREATE EXTENSION IF NOT EXISTS ${one};`);
  await mkdir(join(migrations, "meta"));
  await writeFile(join(migrations, `${tag}.sql`), wanted.join("\n--> statement-breakpoint\n"));
  const entries = [{ idx: 0, version: "7", when: 1, tag, breakpoints: true }];
  await writeFile(
    join(migrations, "meta/_journal.json"),
    JSON.stringify({ version: "7", dialect: "postgresql", entries }),
  );
  const features = { notes: { ...notesFeatures.notes, migrations } };
  const { problems } = await examineDatabase(urlOf({ username: role, password: "secret" }), features, {
    mode: "auto",
    poolMax: 4,
  });
  expect(problems.filter((line) => line.includes("CREATE EXTENSION"))).toHaveLength(3);
});

test("privileges to create are not required on a migrated database, and missing privileges to read are one line", async () => {
  await admin`create database ${admin(name)}`;
  await admin.unsafe(`create role ${role} login password 'secret'`);
  await migrateAll(urlOf({}), notesFeatures);
  const url = urlOf({ username: role, password: "secret" });
  expect((await examine(url)).problems).toEqual([expect.stringMatching(/permission denied .*--grants ROLE/)]);
  const sql = postgres(urlOf({}), { max: 1, onnotice: () => undefined });
  await sql.unsafe(`grant usage on schema weir to ${role}; grant select on all tables in schema weir to ${role}`);
  expect((await examine(url)).problems).toEqual([]);
  await sql.unsafe(`drop owned by ${role}`);
  await sql.end();
});

test.each([
  [
    "a database that does not exist",
    () => urlOf({}),
    /DATABASE_URL \(.*\): database "test_\w+" does not exist\. Create/,
  ],
  ["a user that does not exist", () => urlOf({ username: "nobody_here", pathname: "postgres" }), /nobody_here.*pg_hba/],
  [
    "a server without TLS",
    () => `${urlOf({ pathname: "postgres" })}?sslmode=require`,
    /requires TLS, which the server may/,
  ],
  [
    "a port without a server",
    () => urlOf({ port: "1" }),
    /^The database is unreachable\. DATABASE_URL \(.*:1\): nothing/,
  ],
])("%s is one line that names the variable", async (_what, url, expected) => {
  const error: unknown = await examine(url()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "WeirError", message: expect.stringMatching(expected) });
  expect(String(error)).not.toContain("\n");
});

const pgbouncer = "/usr/sbin/pgbouncer";
/** Session settings that PgBouncer does not know. docs/operations.md lists them. */
const passed = [
  "IntervalStyle",
  "bytea_output",
  "extra_float_digits",
  "array_nulls",
  "transform_null_equals",
  "quote_all_identifiers",
  "default_transaction_isolation",
  "statement_timeout",
  "lock_timeout",
  "idle_session_timeout",
  "idle_in_transaction_session_timeout",
];

/** A PgBouncer in front of the database, which hands out no setting of its own. */
async function startPooler(mode: "transaction" | "session", more = "") {
  const folder = await mkdtemp(join(tmpdir(), "weir-pooler-"));
  await chmod(folder, 0o755);
  const port = await freePort();
  const { hostname, port: serverPort, username, password } = new URL(inject("databaseUrl"));
  await writeFile(
    join(folder, "pgbouncer.ini"),
    `[databases]
${name} = host=${hostname} port=${serverPort} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
${more}
`,
  );
  // It refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(pgbouncer, [...asUser, "-q", join(folder, "pgbouncer.ini")], { stdio: "ignore" });
  const ended = once(child, "exit");
  await waitForPort(port);
  return {
    url: urlOf({ port: String(port) }),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function waitForPort(port: number): Promise<void> {
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  await waitUntil(answers, 10_000);
}

describe.skipIf(!existsSync(pgbouncer))("behind PgBouncer", () => {
  test("transaction mode is refused with the real reason", async () => {
    await admin`create database ${admin(name)}`;
    await using shared = await startPooler("transaction");
    expect((await examine(shared.url)).problems).toEqual([expect.stringMatching(/pooler in transaction mode/)]);
  });

  test("session mode needs the settings to pass, and is mentioned then", async () => {
    await admin`create database ${admin(name)}`;
    await using strict = await startPooler("session");
    expect((await examine(strict.url)).problems).toEqual([
      expect.stringMatching(/unsupported startup parameter.*ignore_startup_parameters/),
    ]);
    await using lenient = await startPooler("session", `ignore_startup_parameters = ${passed.join(", ")}`);
    const { problems, remarks } = await examine(lenient.url);
    expect(problems).toEqual([]);
    expect(remarks).toEqual([expect.stringMatching(/connection goes through a pooler or a proxy/)]);
    await migrateAll(lenient.url, notesFeatures);
    const database = createDatabase({ url: lenient.url, max: 2 });
    expect(await database.db.$count(users)).toBe(0);
    await database.close();
  });

  test("a setting that a pooler drops is named, with the fix", async () => {
    await admin`create database ${admin(name)}`;
    await admin.unsafe(`alter database ${name} set bytea_output = 'escape'`);
    await using lenient = await startPooler("session", `ignore_startup_parameters = ${passed.join(", ")}`);
    expect((await examine(lenient.url)).problems).toEqual([
      expect.stringMatching(/drops bytea_output, so its value is escape\..*ALTER ROLE … SET bytea_output = 'hex'/),
    ]);
  });
});
