import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Trace } from "@weir/telemetry";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { testPrefix } from "@weir/testkit/testing";
import { outline } from "../../../packages/telemetry/src/traces/test-traces";

const keyPrefix = testPrefix();
const roses = 1_003;
const minutes = 1_006;
let app: TestApp;
const told: Trace[] = [];

beforeAll(async () => {
  app = await startTestApp({ keyPrefix, tracing: { sampleRatio: 1 } });
  app.traces.onTrace((trace) => void told.push(trace));
}, 120_000);
afterAll(() => app[Symbol.asyncDispose]());

const input = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

async function call(path: string, init?: RequestInit, origin = app.origin): Promise<Response> {
  const response = await fetch(`${origin}/api/trpc/${path}`, init);
  await response.text();
  return response;
}

/** The traces of all requests since the last call, oldest first. */
async function take(): Promise<Trace[]> {
  await app.traces.flush({ endMinute: true });
  expect(app.traces.counts.recording).toBe(0);
  return told.splice(0).toSorted((a, b) => a.startedAtMs - b.startedAtMs);
}

async function takeOne(): Promise<Trace> {
  const [trace, ...others] = await take();
  expect(others.map(({ procedure }) => procedure)).toEqual([]);
  if (trace === undefined) throw new Error("Nothing was traced.");
  return trace;
}

describe("the tree of a request", () => {
  test("of a miss: Redis is read, the lease claimed, and the load runs one statement", async () => {
    await call(`note.byId?input=${input({ id: roses })}`);
    const trace = await takeOne();
    expect(outline(trace)).toEqual([
      "request note.byId",
      "  procedure note.byId",
      "    cache note.byId miss",
      "      redis cache MGET",
      "      redis cache weir.claim",
      "      load note.byId keys=1",
      "        statement note.byId",
      "  serialise note.byId",
    ]);
    expect(trace).toMatchObject({
      procedure: "note.byId",
      ok: true,
      calls: 1,
      callsAtHand: 0,
      statements: 1,
      omitted: 0,
    });
    expect(trace.texts["note.byId"]).toMatch(/^select .* where "notes"."notes"."id" = \$1$/);
    for (const { startMs, durationMs } of trace.spans)
      expect(startMs + durationMs).toBeLessThanOrEqual(trace.durationMs + 0.01);
  });

  test("of a hit in memory", async () => {
    // With an Origin header the URL is not served from finished bytes; a foreign one would be rejected.
    await call(`note.byId?input=${input({ id: roses })}`, { headers: { origin: app.origin } });
    expect(outline(await takeOne())).toEqual([
      "request note.byId",
      "  procedure note.byId",
      "    cache note.byId hit l1",
      "  serialise note.byId",
    ]);
  });

  test("of a hit in Redis, on another node", async () => {
    const other = await startTestApp({ keyPrefix });
    try {
      // A process that starts with a new database sweeps the outbox of its import, which voids cached entries.
      const ids = [1_002, 1_011, 1_012, 1_008, 1_001, 1_013, 1_014, 1_015, 1_016];
      let lines: string[] = [];
      for (const id of ids) {
        await call(`note.byId?input=${input({ id })}`);
        await take();
        await call(`note.byId?input=${input({ id })}`, {}, other.origin);
        lines = outline(await takeOne());
        if (lines.some((line) => line.endsWith("hit l2"))) break;
      }
      expect(lines).toEqual([
        "request note.byId",
        "  procedure note.byId",
        "    cache note.byId hit l2",
        "      redis cache MGET",
        "  serialise note.byId",
      ]);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  }, 60_000);

  test("of a batch: each call has its own branch, even two of the same procedure", async () => {
    await call(`note.byId?input=${input({ id: roses })}`);
    await take();
    const inputs = { 0: { id: roses }, 1: { id: minutes }, 2: {} };
    await call(`note.byId,note.byId,folder.list?batch=1&input=${input(inputs)}`);
    const trace = await takeOne();
    expect(trace).toMatchObject({ calls: 3, statements: 2, repeats: [] });
    const lines = outline(trace);
    // The calls run concurrently, and a Redis command shared by both belongs to one of them.
    expect(lines.filter((line) => !line.includes("redis")).toSorted()).toEqual(
      [
        "request batch of 3",
        "  procedure note.byId",
        "  procedure note.byId",
        "  procedure folder.list",
        "    cache note.byId hit l1",
        "    cache note.byId miss",
        "    cache folder.list miss",
        "      load note.byId keys=1",
        "      load folder.list keys=1",
        "        statement note.byId",
        "        statement folder.list",
        "  serialise note.byId",
        "  serialise note.byId",
        "  serialise folder.list",
      ].toSorted(),
    );
    const calls = trace.spans.flatMap((span, index) => (span.kind === "procedure" ? [index] : []));
    const reads = trace.spans.filter(({ kind }) => kind === "cache");
    expect(new Set(reads.map(({ parent }) => parent))).toEqual(new Set(calls));
  });

  test("does not exist for a fully cached batch, and states the number of cached calls in a partly cached one", async () => {
    const both = { 0: { id: roses }, 1: { id: minutes } };
    await call(`note.byId,note.byId?batch=1&input=${input(both)}`);
    await take();
    await call(`note.byId,note.byId?batch=1&input=${input(both)}`);
    expect(await take()).toEqual([]);
    await call(`note.byId,note.byId,note.byId?batch=1&input=${input({ ...both, 2: { id: 1_010 } })}`);
    const trace = await takeOne();
    expect(trace).toMatchObject({ calls: 3, callsAtHand: 2 });
    expect(outline(trace).filter((line) => line.startsWith("  procedure"))).toEqual(["  procedure note.byId"]);
  });

  test("of a response from finished bytes does not exist", async () => {
    const url = `note.byId?input=${input({ id: 1_009 })}`;
    for (let times = 0; times < 3; times += 1) await call(url);
    expect(await take()).toHaveLength(1);
  });

  test("of a rejected call shows its code", async () => {
    await call(`note.byId?input=${input({ id: 1 })}`);
    const trace = await takeOne();
    expect(trace).toMatchObject({ ok: false, errorCode: "NOT_FOUND", kinds: ["sampled"] });
    expect(outline(trace)[1]).toBe("  procedure note.byId NOT_FOUND");
  });

  test("takes the ID of the caller's trace, and records its parent span", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await call(`note.byId?input=${input({ id: roses })}`, { headers: { traceparent, origin: app.origin } });
    expect(await takeOne()).toMatchObject({
      id: "0af7651916cd43dd8448eb211c80319c",
      parentSpanId: "b7ad6b7169203331",
      isSampledByCaller: true,
    });
  });
});

test("a trace contains no values, inputs, cookies or passwords", async () => {
  const user = await app.signIn("operator");
  await call(`note.search?input=${input({ q: "zyxwvutsr" })}`, { headers: user.headers });
  await call(`account.me`, { headers: user.headers });
  await call("note.update", {
    method: "POST",
    headers: { ...user.headers, "content-type": "application/json" },
    body: JSON.stringify({ id: roses, version: 1, title: "Qwertzuiop" }),
  });
  const traces = await take();
  expect(traces.map(({ procedure }) => procedure)).toEqual(
    expect.arrayContaining(["auth", "note.search", "account.me", "note.update"]),
  );
  expect(traces.some(({ spans }) => spans.some(({ kind }) => kind === "compute"))).toBe(true);
  const text = JSON.stringify(traces);
  const token = decodeURIComponent(user.cookie.split("=", 2)[1] ?? "");
  const secrets = [user.password, user.user.email, user.user.id, "zyxwvutsr", "Qwertzuiop", token, token.split(".")[0]];
  for (const secret of secrets) {
    expect(secret?.length).toBeGreaterThan(3);
    expect(text).not.toContain(secret);
  }
  expect(text).not.toContain('"parameters"');
}, 60_000);

describe("without the database", () => {
  test("a failed trace is kept, with the wait that ended without a connection", async () => {
    await take();
    await app.runtime.database.close();
    const response = await call(`note.nearby?input=${input({ x: 1, y: 2 })}`);
    expect(response.status).toBe(503);
    const trace = await takeOne();
    expect(trace).toMatchObject({ ok: false, errorCode: "SERVICE_UNAVAILABLE", procedure: "note.nearby" });
    expect(trace.kinds).toContain("failed");
    expect(trace.id).toBe(response.headers.get("x-trace-id"));
    expect(outline(trace).filter((line) => !line.includes("redis"))).toEqual([
      "request note.nearby",
      "  procedure note.nearby SERVICE_UNAVAILABLE",
      "    cache note.nearby error failed",
      "      load note.nearby keys=1 failed",
      "        pool database failed",
      "  serialise note.nearby",
    ]);
  });
});
