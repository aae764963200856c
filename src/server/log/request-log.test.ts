import { afterEach, describe, expect, test } from "vitest";
import { channels } from "@weir/core/channels";
import { createDropLog, createFailureLog, createRefusalLog, logSlowCalls } from "./request-log";
import { DatabaseError } from "@weir/postgres/errors";
import { createLogger } from "./logger";

const lines: string[] = [];
let nowMs = 0;
const destination = { write: (line: string) => void lines.push(line) };
const stop = logSlowCalls(createLogger({ level: "info", nodeId: "node-1", destination }), () => nowMs);
afterEach(() => {
  lines.length = 0;
});

const call = { procedure: "note.search", type: "query", ok: true, errorCode: null } as const;

test("a call longer than a second is a warning; other calls and subscriptions are not logged", () => {
  channels.rpc.publish({ ...call, durationMs: 1_000 });
  channels.rpc.publish({ ...call, type: "subscription", durationMs: 60_000 });
  expect(lines).toEqual([]);
  channels.rpc.publish({ ...call, durationMs: 1_000.6, ok: false, errorCode: "GATEWAY_TIMEOUT" });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "warn",
    procedure: "note.search",
    durationMs: 1_001,
    ok: false,
    code: "GATEWAY_TIMEOUT",
  });
});

test("at most ten a second are logged, with the number suppressed; none after it stops", () => {
  nowMs = 10_000;
  for (let count = 0; count < 100; count += 1) channels.rpc.publish({ ...call, durationMs: 2_000 });
  expect(lines).toHaveLength(10);
  nowMs += 1_000;
  channels.rpc.publish({ ...call, durationMs: 2_000 });
  expect(JSON.parse(lines[10] ?? "")).toMatchObject({ heldBack: 90 });
  stop();
  channels.rpc.publish({ ...call, durationMs: 2_000 });
  expect(lines).toHaveLength(11);
});

function open() {
  const written: string[] = [];
  const log = createLogger({
    level: "info",
    nodeId: "node-1",
    destination: { write: (line: string) => void written.push(line) },
  });
  const records = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, written, records };
}

describe("the log of failures", () => {
  const failure = (error: Error, code = "INTERNAL_SERVER_ERROR", requestId = "r-1") => ({
    error,
    code,
    requestId,
    procedure: "note.byId",
  });

  test("contains server failures with their stack, once per request", () => {
    const { log, records } = open();
    const logFailure = createFailureLog(log);
    const error = new Error("unexpected");
    logFailure(failure(error));
    logFailure(failure(error));
    logFailure(failure(error, undefined, "r-2"));
    logFailure(failure(new DatabaseError("DATABASE_UNAVAILABLE"), "SERVICE_UNAVAILABLE"));
    expect(records().map(({ level, requestId }) => [level, requestId])).toEqual([
      ["error", "r-1"],
      ["error", "r-2"],
      ["warn", "r-1"],
    ]);
    expect(records()[0]).toMatchObject({ code: "INTERNAL_SERVER_ERROR", procedure: "note.byId" });
    expect(records()[0]).toMatchObject({ err: { stack: expect.stringContaining("request-log.test.ts") } });
  });

  test("does not contain client errors", () => {
    const { log, written } = open();
    const logFailure = createFailureLog(log);
    for (const code of ["NOT_FOUND", "BAD_REQUEST", "UNAUTHORIZED", "TOO_MANY_REQUESTS"]) {
      logFailure(failure(new Error("no"), code));
    }
    expect(written).toEqual([]);
  });

  test("states how many were suppressed in a storm", () => {
    const { log, records } = open();
    let atMs = 0;
    const logFailure = createFailureLog(log, { now: () => atMs });
    const storm = () => {
      for (let index = 0; index < 1_000; index += 1) logFailure(failure(new Error("again"), undefined, `r-${index}`));
    };
    storm();
    expect(records()).toHaveLength(10);
    atMs = 1_000;
    storm();
    expect(records()).toHaveLength(20);
    expect(records()[10]).toMatchObject({ heldBack: 990 });
    expect(records()[11]).not.toHaveProperty("heldBack");
  });
});

test("refused requests are counted in one record, however many there were", () => {
  const { log, records } = open();
  const byStatus = new Map([[400, 7]]);
  const refusals = createRefusalLog(log, () => byStatus);
  const logFailure = createFailureLog(log, { onRefused: refusals.count });
  refusals.write();
  expect(records()).toEqual([]);
  for (let count = 0; count < 1_000; count += 1) {
    const procedure = `no.such.${count}`;
    logFailure({ error: new Error("none"), code: "NOT_FOUND", requestId: `r-${count}`, procedure });
    byStatus.set(400, (byStatus.get(400) ?? 0) + 1);
    byStatus.set(431, count);
  }
  refusals.write();
  refusals.write();
  expect(records()).toEqual([
    expect.objectContaining({ level: "info", refused: { 400: 1_000, 431: 999, NOT_FOUND: 1_000 } }),
  ]);
});

test("dropped connections are one line a minute, with how many they were", () => {
  const { log, records } = open();
  let atMs = 0;
  const onDropped = createDropLog(log, 300, () => atMs);
  for (let count = 0; count < 50; count += 1) onDropped();
  expect(records()).toEqual([
    expect.objectContaining({ level: "warn", dropped: 1, msg: expect.stringContaining("300 connections are open") }),
  ]);
  atMs = 60_000;
  onDropped();
  expect(records()[1]).toMatchObject({ dropped: 50 });
});
