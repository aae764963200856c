import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Trace } from "@weir/telemetry";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { testPrefix } from "@weir/testkit/testing";
import { outline } from "../../../packages/telemetry/src/traces/test-traces";

const keyPrefix = testPrefix();
const berlin = 2_950_159;
const london = 2_643_743;
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
  test("of a miss: Redis is asked, the lease claimed, and the load runs one statement", async () => {
    await call(`city.byId?input=${input({ id: berlin })}`);
    const trace = await takeOne();
    expect(outline(trace)).toEqual([
      "request city.byId",
      "  procedure city.byId",
      "    cache city.byId miss",
      "      redis cache MGET",
      "      redis cache weir.claim",
      "      load city.byId keys=1",
      "        statement city.byId",
      "  serialise city.byId",
    ]);
    expect(trace).toMatchObject({
      procedure: "city.byId",
      ok: true,
      calls: 1,
      callsAtHand: 0,
      statements: 1,
      omitted: 0,
    });
    expect(trace.texts["city.byId"]).toMatch(/^select .* where "cities"."id" = \$1$/);
    for (const { startMs, durationMs } of trace.spans)
      expect(startMs + durationMs).toBeLessThanOrEqual(trace.durationMs + 0.01);
  });

  test("of a hit in memory", async () => {
    // Another origin than the page's own would be refused; with it the URL is not answered from finished bytes.
    await call(`city.byId?input=${input({ id: berlin })}`, { headers: { origin: app.origin } });
    expect(outline(await takeOne())).toEqual([
      "request city.byId",
      "  procedure city.byId",
      "    cache city.byId hit l1",
      "  serialise city.byId",
    ]);
  });

  test("of a hit in Redis, on another node", async () => {
    const other = await startTestApp({ keyPrefix });
    try {
      // A process that starts with a new database sweeps the outbox of its import, which voids what is cached.
      const cities = [1_850_147, 524_901, 745_044, 2_988_507, 3_448_439, 360_630, 1_816_670, 3_435_910, 3_936_456];
      let lines: string[] = [];
      for (const id of cities) {
        await call(`city.byId?input=${input({ id })}`);
        await take();
        await call(`city.byId?input=${input({ id })}`, {}, other.origin);
        lines = outline(await takeOne());
        if (lines.some((line) => line.endsWith("hit l2"))) break;
      }
      expect(lines).toEqual([
        "request city.byId",
        "  procedure city.byId",
        "    cache city.byId hit l2",
        "      redis cache MGET",
        "  serialise city.byId",
      ]);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  }, 60_000);

  test("of a batch: each call has its own branch, also two of one procedure", async () => {
    await call(`city.byId?input=${input({ id: berlin })}`);
    await take();
    const inputs = { 0: { id: berlin }, 1: { id: london }, 2: {} };
    await call(`city.byId,city.byId,country.list?batch=1&input=${input(inputs)}`);
    const trace = await takeOne();
    expect(trace).toMatchObject({ calls: 3, statements: 2, repeats: [] });
    const lines = outline(trace);
    // The calls run side by side, and what Redis is asked by both stands with one of them.
    expect(lines.filter((line) => !line.includes("redis")).toSorted()).toEqual(
      [
        "request batch of 3",
        "  procedure city.byId",
        "  procedure city.byId",
        "  procedure country.list",
        "    cache city.byId hit l1",
        "    cache city.byId miss",
        "    cache country.list miss",
        "      load city.byId keys=1",
        "      load country.list keys=1",
        "        statement city.byId",
        "        statement country.list",
        "  serialise city.byId",
        "  serialise city.byId",
        "  serialise country.list",
      ].toSorted(),
    );
    const calls = trace.spans.flatMap((span, index) => (span.kind === "procedure" ? [index] : []));
    const reads = trace.spans.filter(({ kind }) => kind === "cache");
    expect(new Set(reads.map(({ parent }) => parent))).toEqual(new Set(calls));
  });

  test("of a batch whose answers are at hand costs nothing, and of one that has some of them at hand says how many", async () => {
    const both = { 0: { id: berlin }, 1: { id: london } };
    await call(`city.byId,city.byId?batch=1&input=${input(both)}`);
    await take();
    await call(`city.byId,city.byId?batch=1&input=${input(both)}`);
    expect(await take()).toEqual([]);
    await call(`city.byId,city.byId,city.byId?batch=1&input=${input({ ...both, 2: { id: 4_887_398 } })}`);
    const trace = await takeOne();
    expect(trace).toMatchObject({ calls: 3, callsAtHand: 2 });
    expect(outline(trace).filter((line) => line.startsWith("  procedure"))).toEqual(["  procedure city.byId"]);
  });

  test("of an answer out of finished bytes does not exist", async () => {
    const url = `city.byId?input=${input({ id: 5_128_581 })}`;
    for (let times = 0; times < 3; times += 1) await call(url);
    expect(await take()).toHaveLength(1);
  });

  test("of a call that is refused shows its code", async () => {
    await call(`city.byId?input=${input({ id: 1 })}`);
    const trace = await takeOne();
    expect(trace).toMatchObject({ ok: false, errorCode: "NOT_FOUND", kinds: ["sampled"] });
    expect(outline(trace)[1]).toBe("  procedure city.byId NOT_FOUND");
  });

  test("takes the id of the caller's trace, and remembers its span", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await call(`city.byId?input=${input({ id: berlin })}`, { headers: { traceparent, origin: app.origin } });
    expect(await takeOne()).toMatchObject({
      id: "0af7651916cd43dd8448eb211c80319c",
      parentSpanId: "b7ad6b7169203331",
      isSampledByCaller: true,
    });
  });
});

test("a trace holds no values, inputs, cookies or passwords", async () => {
  const user = await app.signIn("operator");
  await call(`city.search?input=${input({ q: "zyxwvutsr" })}`, { headers: user.headers });
  await call(`account.me`, { headers: user.headers });
  await call("city.update", {
    method: "POST",
    headers: { ...user.headers, "content-type": "application/json" },
    body: JSON.stringify({ id: berlin, version: 1, name: "Qwertzuiop" }),
  });
  const traces = await take();
  expect(traces.map(({ procedure }) => procedure)).toEqual(
    expect.arrayContaining(["auth", "city.search", "account.me", "city.update"]),
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
  test("a fault is kept as one, with the wait that ended without a connection", async () => {
    await take();
    await app.runtime.database.close();
    const response = await call(`city.nearby?input=${input({ lat: 1, lon: 2 })}`);
    expect(response.status).toBe(503);
    const trace = await takeOne();
    expect(trace).toMatchObject({ ok: false, errorCode: "SERVICE_UNAVAILABLE", procedure: "city.nearby" });
    expect(trace.kinds).toContain("failed");
    expect(trace.id).toBe(response.headers.get("x-trace-id"));
    expect(outline(trace).filter((line) => !line.includes("redis"))).toEqual([
      "request city.nearby",
      "  procedure city.nearby SERVICE_UNAVAILABLE",
      "    cache city.nearby error failed",
      "      load city.nearby keys=1 failed",
      "        pool database failed",
      "  serialise city.nearby",
    ]);
  });
});
