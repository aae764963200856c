import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { attributesOf, openCollector } from "../packages/telemetry/src/otel/test-collector";
import { createMigrateCommand } from "@/cli/commands/migrate";
import { createNotesDatabase, notesFeatures } from "@/dev/notes/test-notes";
import { secret, startMain } from "@/dev/test-main";
import { notesForFeatures } from "@/dev/test-node";

const bundles = openBundles();
let program: string;
let database: TestDatabase;
beforeAll(async () => {
  program = await bundles.add(new URL("main.ts", import.meta.url), notesForFeatures);
  database = await createNotesDatabase();
});
afterAll(async () => {
  await database.drop();
  bundles.remove();
});

type LogRecord = {
  level: string;
  msg: string;
  requestId?: string;
  traceId?: string;
  procedure?: string;
  err?: { stack: string };
};

async function start(variables: Record<string, string> = {}) {
  const server = await startMain(program, { databaseUrl: database.url, keyPrefix: testPrefix(), variables });
  return { ...server, records: () => server.records<LogRecord>() };
}

const byId = "/api/trpc/note.byId?input=%7B%22id%22%3A1008%7D";

/** Runs `work` while a table is missing, which causes an unexpected error. */
async function without<Result>(table: string, work: () => Promise<Result>): Promise<Result> {
  const [schema = "", name = ""] = table.split(".");
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  try {
    await sql`alter table ${sql(table)} rename to hidden_for_a_test`;
    return await work();
  } finally {
    await sql`alter table ${sql(schema)}.hidden_for_a_test rename to ${sql(name)}`;
    await sql.end();
  }
}

describe("what a start prints", () => {
  test(
    "plain lines on stdout, the log as JSON on stderr, and secrets only on stdout",
    { timeout: 120_000 },
    async () => {
      await using server = await start({ ADMIN_EMAIL: "ada@example.com" });
      expect(server.said.out).toMatch(/^weir {2}First administrator: ada@example\.com$/m);
      expect(server.said.out).toMatch(/^weir {2}Ready after [\d.]+ s\. {2}API: http:\/\/localhost:\d+\/api\/trpc$/m);
      const password = /^weir {2}Password: (\S+)$/m.exec(server.said.out)?.[1] ?? "";
      expect(password.length).toBeGreaterThan(12);

      const signIn = (given: string): Promise<Response> =>
        fetch(`${server.origin}/api/auth/sign-in/email`, {
          method: "POST",
          headers: { "content-type": "application/json", origin: server.origin },
          body: JSON.stringify({ email: "ada@example.com", password: given }),
        });
      const wrong = "wrong horse battery";
      expect((await signIn(wrong)).status).toBe(401);
      const signedIn = await signIn(password);
      expect(signedIn.status).toBe(200);
      const cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
      const headers = { cookie, origin: server.origin, authorization: "Bearer an-api-token-of-a-user" };
      expect((await fetch(`${server.origin}/api/trpc/account.me`, { headers })).ok).toBe(true);

      const failed = await without("notes.notes", () => fetch(`${server.origin}${byId}`, { headers }));
      expect(failed.status).toBe(500);
      const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
      const traced = await without("notes.notes", () =>
        fetch(`${server.origin}${byId}`, { headers: { ...headers, traceparent: `00-${traceId}-00f067aa0ba902b7-00` } }),
      );
      expect(traced.headers.get("x-trace-id")).toBe(traceId);
      const failedSignIn = await without("weir.users", () => signIn(password));
      expect(failedSignIn.status).toBeGreaterThanOrEqual(500);
      expect((await fetch(`${server.origin}/api/trpc/note.byId?input=%7B%22id%22%3A1%7D`)).status).toBe(404);
      expect(await server.stop()).toBe(0);

      const records = server.records();
      const of = (response: Response) =>
        records.filter(({ requestId }) => requestId === response.headers.get("x-request-id"));
      expect(of(failed)).toEqual([
        expect.objectContaining({
          level: "error",
          time: expect.stringMatching(/^\d{4}-.*Z$/),
          nodeId: expect.any(String),
          procedure: "note.byId",
          traceId: failed.headers.get("x-trace-id"),
          code: "INTERNAL_SERVER_ERROR",
          err: expect.objectContaining({ stack: expect.stringContaining("\n    at ") }),
        }),
      ]);
      expect(of(traced)).toEqual([expect.objectContaining({ traceId, procedure: "note.byId" })]);
      expect(of(failedSignIn)).toEqual([expect.objectContaining({ procedure: "auth" })]);
      // Successful requests are not logged, and rejected ones are counted.
      expect(records).toHaveLength(4);
      expect(records.at(-1)).toMatchObject({ level: "info", refused: { UNAUTHORIZED: 1, NOT_FOUND: 1 } });

      const databasePassword = new URL(database.url).password;
      for (const hidden of [
        password,
        wrong,
        cookie.split("=")[1] ?? "",
        "an-api-token-of-a-user",
        secret,
        "ada@example.com",
        "1008",
      ]) {
        expect(hidden).not.toBe("");
        expect(server.said.err).not.toContain(hidden);
      }
      expect(databasePassword === "" || !server.said.err.includes(databasePassword)).toBe(true);
    },
  );

  test("everything as log records with LOG_FORMAT=json", { timeout: 120_000 }, async () => {
    await using server = await start({ LOG_FORMAT: "json" });
    expect(await server.stop()).toBe(0);
    expect(server.said.out).toBe("");
    const said = server.records().map(({ level, msg }) => `${level}: ${msg}`);
    expect(said).toContainEqual(expect.stringMatching(/^info: Ready after [\d.]+ s\./));
    expect(said).toContainEqual(expect.stringMatching(/^info: SIGTERM: shutting down/));
  });

  test(
    "including Node warnings, errors caused by clients, and an invalid environment",
    { timeout: 120_000 },
    async () => {
      await using server = await start({
        LOG_FORMAT: "json",
        NODE_OPTIONS: `--import=data:text/javascript,process.once('SIGTERM',()=>process.emitWarning('old'))`,
      });
      const port = Number(new URL(server.origin).port);
      for (let count = 0; count < 200; count += 1) {
        const socket = connect(port, "127.0.0.1").end("nonsense\r\n\r\n");
        await readText(socket);
        await (await fetch(`${server.origin}/api/trpc/no.such.${count}`)).text();
      }
      expect(await server.stop()).toBe(0);
      const records = server.records();
      expect(records.length).toBeLessThan(20);
      expect(records.at(-1)).toMatchObject({ refused: { 400: 200, NOT_FOUND: 200 } });
      expect(records).toContainEqual(
        expect.objectContaining({ level: "warn", err: expect.objectContaining({ message: "old" }) }),
      );

      await using broken = await start({ LOG_FORMAT: "json", PORT: "no port" });
      expect(broken.records()).toEqual([
        expect.objectContaining({ level: "fatal", problems: [expect.stringMatching(/^PORT /)] }),
      ]);
    },
  );

  test("one line about the error that prevents the start", { timeout: 120_000 }, async () => {
    await using server = await start({ DATABASE_URL: "postgres://weir:s3cr3t@127.0.0.1:9/none", LOG_FORMAT: "json" });
    expect(server.origin).toBe("");
    expect(server.records().at(-1)).toMatchObject({ level: "error" });
    expect(server.said.err + server.said.out).not.toContain("s3cr3t");
  });
});

describe("the OTLP export", () => {
  test("contains the caller's trace, and the counts at the end", { timeout: 120_000 }, async () => {
    await using collector = await openCollector();
    await using server = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_SERVICE_NAME: "weir-under-test",
      TRACE_SAMPLE_RATIO: "0",
    });
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    // The second and third are hits, which would be served from finished bytes without the header.
    for (let time = 0; time < 3; time += 1) {
      expect((await fetch(`${server.origin}${byId}`, { headers: { traceparent } })).status).toBe(200);
    }
    expect(await server.stop()).toBe(0);

    const spans = collector.spans();
    const roots = spans.filter(({ kind, parentSpanId }) => kind === 2 && parentSpanId === "00f067aa0ba902b7");
    expect(roots).toHaveLength(3);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["note.byId", "cache note.byId", "statement note.byId"]),
    );
    const resource = attributesOf(collector.received[0]?.body.resourceSpans?.[0]?.resource.attributes ?? []);
    expect(resource).toMatchObject({ "service.name": "weir-under-test" });

    const calls = collector.metrics().findLast(({ name }) => name === "weir.rpc.duration")?.exponentialHistogram;
    const point = calls?.dataPoints.find(({ attributes }) => attributesOf(attributes)["procedure"] === "note.byId");
    expect(point?.count).toBe(3);
  });

  test("still contains each trace when our own telemetry is disabled", { timeout: 120_000 }, async () => {
    await using collector = await openCollector();
    await using server = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      WEIR_DISABLE: "telemetry",
      TRACE_SAMPLE_RATIO: "0",
    });
    const headers = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
    expect((await fetch(`${server.origin}${byId}`, { headers })).status).toBe(200);
    expect(await server.stop()).toBe(0);
    const roots = collector
      .spans()
      .filter(({ kind, parentSpanId }) => kind === 2 && parentSpanId === "00f067aa0ba902b7");
    expect(roots).toHaveLength(1);
    expect(collector.metrics()).toEqual([]);
    expect(server.records().map(({ msg }) => msg)).toContain("No metrics are exported: recording is disabled.");
  });

  test("is off by default, and one line reports what cannot be exported", { timeout: 120_000 }, async () => {
    await using collector = await openCollector();
    await using server = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    });
    expect((await fetch(`${server.origin}${byId}`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(collector.state.requests).toBe(0);
    expect(server.records()).toEqual([
      expect.objectContaining({ level: "warn", msg: expect.stringContaining("OTEL_EXPORTER_OTLP_PROTOCOL") }),
    ]);
  });
});

test("starts again, reads and writes whatever the defaults of the database are", { timeout: 120_000 }, async () => {
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  const name = new URL(database.url).pathname.slice(1);
  const defaults = {
    DateStyle: "German",
    IntervalStyle: "iso_8601",
    TimeZone: "Asia/Kathmandu",
    bytea_output: "escape",
    extra_float_digits: "-3",
    standard_conforming_strings: "off",
    lock_timeout: "1ms",
    search_path: "nowhere",
  };
  try {
    for (const [key, value] of Object.entries(defaults)) {
      await sql.unsafe(`alter database ${name} set ${key} = '${value}'`);
    }
    for (let run = 0; run < 2; run += 1) {
      await using server = await start({ ADMIN_EMAIL: "ada@example.com" });
      expect(server.said.out, server.said.err).toMatch(/Ready after/);
      expect((await fetch(`${server.origin}${byId}`)).status).toBe(200);
      expect(await server.stop()).toBe(0);
      expect(server.records()).toEqual([]);
    }
  } finally {
    await sql.unsafe(`alter database ${name} reset all; alter database ${name} set search_path = public`);
    await sql.end();
  }
});

describe("a role with row privileges only", () => {
  test("starts on a migrated database, and everything works", { timeout: 120_000 }, async () => {
    const role = `rows_${testPrefix().slice(5, 17)}`;
    const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
    const address = new URL(database.url);
    address.username = role;
    address.password = "secret";
    const migrate = createMigrateCommand({ features: notesFeatures, databaseUrl: () => Promise.resolve(database.url) });
    try {
      await sql`create role ${sql(role)} login password 'secret'`;
      const { text } = await migrate.run({ positionals: [], values: { grants: role } }, () =>
        Promise.reject(new Error()),
      );
      await sql.unsafe(text);
      await using server = await start({
        DATABASE_URL: address.href,
        MIGRATE: "check",
        ADMIN_EMAIL: "rows@example.com",
        ADMIN_PASSWORD: "correct horse battery staple",
      });
      expect(server.said.out).toMatch(/Ready after/);
      const body = JSON.stringify({ email: "rows@example.com", password: "correct horse battery staple" });
      const headers = { "content-type": "application/json", origin: server.origin };
      const signedIn = await fetch(`${server.origin}/api/auth/sign-in/email`, { method: "POST", headers, body });
      // Another test has made the first administrator: it is refused after a look at the tables, not by Postgres.
      expect([200, 401]).toContain(signedIn.status);
      expect((await fetch(`${server.origin}${byId}`)).status).toBe(200);
      expect(await server.stop()).toBe(0);
      expect(server.records().filter(({ level }) => level !== "info")).toEqual([]);
    } finally {
      await sql`drop owned by ${sql(role)}`;
      await sql`drop role if exists ${sql(role)}`;
      await sql.end();
    }
  });

  test("gets one line with the pending migrations with MIGRATE=check", { timeout: 60_000 }, async () => {
    const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
    try {
      await sql`update weir.migrations set name = 'renamed' where name = '0001_tables'`;
      await using server = await start({ MIGRATE: "check" });
      expect(server.said.out + server.said.err).toMatch(
        /MIGRATE=check.*weir -- migrate first\. Missing: platform\/0001_tables\./,
      );
      expect(server.said.err).not.toContain("\n    at ");
    } finally {
      await sql`update weir.migrations set name = '0001_tables' where name = 'renamed'`;
      await sql.end();
    }
  });
});
