import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from "vitest";
import { createDatabase, detectPooling } from "@weir/postgres";
import {
  hasPgBouncer,
  ignoredSettings,
  type PgBouncerOptions,
  startPgBouncer,
  versionOfPgBouncer,
} from "@weir/testkit/pgbouncer";
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

describe.skipIf(!hasPgBouncer)("behind PgBouncer", () => {
  const startPooler = (mode: PgBouncerOptions["mode"], more = "") => startPgBouncer(urlOf({}), { mode, more });

  test("transaction mode is detected, and what it costs is mentioned", async () => {
    await admin`create database ${admin(name)}`;
    await using shared = await startPooler("transaction");
    const { problems, remarks, pooling } = await examine(shared.url);
    const prepares = Number((await versionOfPgBouncer()).split(".")[1]) >= 24;
    expect(problems).toEqual([]);
    expect(pooling).toEqual({ ownsSession: false, prepares });
    expect(remarks).toEqual([
      expect.stringMatching(prepares ? /It keeps prepared statements/ : /does not keep prepared statements/),
      expect.stringMatching(
        /no statement has a time limit on the server.*ALTER ROLE \w+ IN DATABASE \w+ SET statement_timeout = '10s'/,
      ),
    ]);
  });

  test("transaction mode is detected with one session, and with sessions that take turns", async () => {
    await admin`create database ${admin(name)}`;
    await using narrow = await startPgBouncer(urlOf({}), { mode: "transaction", poolSize: 1 });
    expect((await detectPooling(narrow.url)).ownsSession).toBe(false);
    await using turning = await startPooler("transaction", "server_round_robin = 1\nmin_pool_size = 5");
    expect((await detectPooling(turning.url)).ownsSession).toBe(false);
  });

  test("settings that transaction mode cannot pass on have to be the role's", async () => {
    await admin`create database ${admin(name)}`;
    const hostile = {
      bytea_output: "escape",
      IntervalStyle: "iso_8601",
      statement_timeout: "20ms",
      DateStyle: "German",
    };
    await using shared = await startPooler("transaction");
    for (const [key, value] of Object.entries(hostile)) {
      await admin.unsafe(`alter database ${name} set ${key} = '${value}'`);
    }
    expect((await examine(`${shared.url}?schema=shop`)).problems).toEqual([
      expect.stringMatching(/drops IntervalStyle.*ALTER ROLE \w+ IN DATABASE \w+ SET IntervalStyle = 'postgres'/),
      expect.stringMatching(/drops bytea_output.*SET bytea_output = 'hex'/),
      expect.stringMatching(/drops search_path.*SET search_path = shop/),
      expect.stringMatching(/statement_timeout is 20 ms.*SET statement_timeout = '10s'/),
    ]);
  });

  test("statement mode has no transactions, and is refused", async () => {
    await admin`create database ${admin(name)}`;
    await using pooler = await startPooler("statement");
    await expect(examine(pooler.url)).rejects.toMatchObject({
      code: "DATABASE_UNSUITABLE",
      message: expect.stringMatching(/as it does in statement mode/),
    });
  });

  test("DATABASE_POOLER=session is refused where sessions are shared", async () => {
    await admin`create database ${admin(name)}`;
    await using shared = await startPooler("transaction", `ignore_startup_parameters = ${ignoredSettings.join(", ")}`);
    const options = { mode: "auto", poolMax: 4, pooler: "session" } as const;
    expect((await examineDatabase(shared.url, notesFeatures, options)).problems).toEqual([
      expect.stringMatching(/DATABASE_POOLER is session, but two connections share one session/),
    ]);
  });

  test("a pooler that cannot reach its server is unreachable, and one without the database is not suitable", async () => {
    await using lost = await startPgBouncer(urlOf({ port: "1" }), {
      mode: "transaction",
      more: "query_wait_timeout = 1",
    });
    await expect(examine(lost.url)).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    await using pooler = await startPooler("transaction");
    await expect(examine(pooler.url)).rejects.toMatchObject({ code: "DATABASE_UNSUITABLE" });
  });

  test("session mode needs the settings to pass, and is mentioned then", async () => {
    await admin`create database ${admin(name)}`;
    await using strict = await startPooler("session");
    expect((await examine(strict.url)).problems).toEqual([
      expect.stringMatching(/unsupported startup parameter.*ignore_startup_parameters/),
    ]);
    await using lenient = await startPooler("session", `ignore_startup_parameters = ${ignoredSettings.join(", ")}`);
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
    await using lenient = await startPooler("session", `ignore_startup_parameters = ${ignoredSettings.join(", ")}`);
    expect((await examine(lenient.url)).problems).toEqual([
      expect.stringMatching(
        /drops bytea_output, so its value is escape\..*ALTER ROLE \w+ IN DATABASE \w+ SET bytea_output = 'hex'/,
      ),
    ]);
  });
});
