import { describe, expect, test } from "vitest";
import { runInScope, type Scope, traceOf } from "@weir/core/scope";
import { createAnnouncer, createLogger, type LogFormat } from "./logger";

function open(level: Parameters<typeof createLogger>[0]["level"] = "info") {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ level, nodeId: "node-1", destination });
  const records = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, records };
}

const scope: Scope = { request: { id: "r-1" }, origin: "app", procedure: "note.byId", deadlineAtMs: null };

describe("a record of the log", () => {
  test("is one line of JSON with time, level, node and message", () => {
    const { log, lines, records } = open();
    log.info({ port: 3000 }, "Ready.");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    expect(records()[0]).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      nodeId: "node-1",
      port: 3000,
      msg: "Ready.",
    });
  });

  test("names its request, procedure and trace", () => {
    const { log, records } = open();
    runInScope(scope, () => log.warn("Something."));
    const { traceId } = traceOf(scope.request);
    expect(records()[0]).toMatchObject({ requestId: "r-1", procedure: "note.byId", traceId });
  });

  test("keeps the caller's trace", () => {
    const { log, records } = open();
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const request = { id: "r-2", traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    runInScope({ ...scope, request }, () => log.warn("Something."));
    expect(records()[0]).toMatchObject({ requestId: "r-2", traceId });
  });

  test("is not written below the level", () => {
    const { log, lines } = open("error");
    log.warn("Something.");
    expect(lines).toEqual([]);
  });
});

describe("what the log never contains", () => {
  test("is a secret field at any depth", () => {
    const { log, lines } = open();
    const secret = "s3cr3t-value";
    const headers = { authorization: `Bearer ${secret}`, Cookie: secret, "set-cookie": [secret], "X-Api-Key": secret };
    log.error({
      password: secret,
      newPassword: secret,
      sessionToken: secret,
      AUTH_SECRET: secret,
      params: [secret],
      request: { headers, deeper: { parameters: [secret], list: [{ passphrase: secret }] } },
    });
    expect(lines.join("")).not.toContain(secret);
    expect(lines.join("")).toContain("[redacted]");
  });

  test("are credentials within a text", () => {
    const { log, lines } = open();
    log.error({ url: "postgres://weir:s3cr3t@db:5432/weir", said: "Authorization: Bearer s3cr3t.s3cr3t" });
    log.error(new Error("cannot connect to redis://:s3cr3t@cache:6379"), "No cache.");
    expect(lines.join("")).not.toContain("s3cr3t");
    expect(lines.join("")).toContain("@db:5432/weir");
  });

  test("are the values in a driver's error", () => {
    const { log, lines, records } = open();
    const driver = Object.assign(new Error('invalid input syntax for type integer: "s3cr3t"'), {
      code: "22P02",
      detail: "Key (email)=(s3cr3t) already exists.",
      parameters: ["s3cr3t"],
      query: "select 's3cr3t'",
    });
    const failed = new Error('Failed query: select $1\nparams: s3cr3t,\n"s3cr3t"', { cause: driver });
    const redis = Object.assign(new Error("ERR unknown command 'X', with args beginning with: 's3cr3t'"), {
      command: { name: "set", args: ["s3cr3t"] },
    });
    const parse = new SyntaxError("Unexpected token 's', \"s3cr3t\" is not valid JSON");
    for (const err of [failed, redis, parse]) log.error({ err }, "A request failed.");
    expect(lines.join("")).not.toContain("s3cr3t");
    expect(records()[0]?.["err"]).toMatchObject({
      type: "Error",
      message: "Failed query: select $1",
      stack: expect.stringContaining("logger.test.ts"),
      cause: { code: "22P02", message: 'invalid input syntax for type integer: "[redacted]"' },
    });
  });

  test("is unbounded data", () => {
    const { log, lines } = open();
    const loop: Record<string, unknown> = { name: "loop" };
    loop["self"] = loop;
    log.error({
      loop,
      long: "x".repeat(100_000),
      many: Array.from({ length: 10_000 }, (_, index) => index),
      bytes: Buffer.alloc(10_000),
    });
    expect(lines.join("").length).toBeLessThan(20_000);
  });
});

function announce(format: LogFormat) {
  const [out, err, log]: [string[], string[], string[]] = [[], [], []];
  const destination = { write: (line: string) => void log.push(line) };
  const announcer = createAnnouncer(format, createLogger({ level: "info", nodeId: "node-1", destination }), {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  });
  announcer.say("Ready.");
  announcer.whisper("Password: between us");
  announcer.complain("The port is taken.", new Error("EADDRINUSE"));
  return { out, err, log };
}

test.for(["auto", "pretty"] as const)("users get plain lines, and the log gets none: %s", (format) => {
  expect(announce(format)).toEqual({
    out: ["weir  Ready.", "weir  Password: between us"],
    err: ["weir  The port is taken."],
    log: [],
  });
});

test("with the format json everything is a record, except secrets", () => {
  const { out, err, log } = announce("json");
  expect(out).toEqual(["weir  Password: between us"]);
  expect(err).toEqual([]);
  expect(log.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: "info", msg: "Ready." }),
    expect.objectContaining({
      level: "error",
      msg: "The port is taken.",
      err: expect.objectContaining({ message: "EADDRINUSE" }),
    }),
  ]);
  expect(log.join("")).not.toContain("between us");
});
