import { afterAll, beforeAll, expect, test } from "vitest";
import type { Trace } from "./contract";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { testPrefix } from "@weir/testkit/testing";

const keyPrefix = testPrefix();
let app: TestApp;
const told: Trace[] = [];

beforeAll(async () => {
  app = await startTestApp({ keyPrefix, tracing: { sampleRatio: 1 } });
  app.traces.onTrace((trace) => void told.push(trace));
}, 120_000);
afterAll(() => app[Symbol.asyncDispose]());

const input = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

async function call(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(`${app.origin}/api/trpc/${path}`, init);
  await response.text();
  return response;
}

/** The traces of all requests since the last call. */
async function take(): Promise<Trace[]> {
  await app.traces.flush({ endMinute: true });
  return told.splice(0);
}

type Reply<Data> = { status: number; data: Data };
const get = async (path: string, headers: Record<string, string>): Promise<Reply<unknown>> => {
  const response = await fetch(`${app.origin}/api/trpc/${path}`, { headers });
  const body: unknown = await response.json();
  expect(body).toHaveProperty("result.data");
  // The response is tRPC's envelope; the tests compare its data.
  return { status: response.status, data: (body as { result: { data: unknown } }).result.data };
};
const getList = async (path: string, headers: Record<string, string>): Promise<{ id: string; procedure: string }[]> => {
  const { data } = await get(path, headers);
  // Both lists have these.
  return (Array.isArray(data) ? data : (data as { traces: unknown }).traces) as { id: string; procedure: string }[];
};
const post = (path: string, body: unknown, headers: Record<string, string>): Promise<Response> =>
  call(path, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("list, get, pin and unpin; pins outlive the ring and are in the audit log", async () => {
  const user = await app.signIn("operator");
  await call(`note.nearby?input=${input({ x: 52, y: 13 })}`);
  const own = (await take()).find(({ procedure }) => procedure === "note.nearby");
  const found = await getList(
    `traces.list?input=${input({ procedure: "note.nearby", order: "slowest" })}`,
    user.headers,
  );
  expect(found.map(({ id }) => id)).toEqual([own?.id]);
  const { data: detail } = await get(`traces.get?input=${input({ id: own?.id })}`, user.headers);
  expect(detail).toEqual({ trace: own, pin: null });
  const { data: readers } = await get(`traces.readers?input=${input({ group: "note.nearby" })}`, user.headers);
  expect(readers).toEqual({
    readers: [{ procedure: "note.nearby", traces: 1, readsPerTrace: 1, worstTraceId: own?.id }],
    traces: 1,
  });

  expect((await post("traces.pin", { id: own?.id, note: "look here" }, user.headers)).status).toBe(200);
  await app.runtime.queueRedis.del(`${keyPrefix}traces:kept`, `${keyPrefix}traces:sampled`);
  const { data: pinned } = await get(`traces.get?input=${input({ id: own?.id })}`, user.headers);
  expect(pinned).toEqual({
    trace: own,
    pin: expect.objectContaining({ note: "look here", pinnedBy: user.user.email }),
  });
  const list = await getList("traces.pinned", user.headers);
  expect(list.map(({ id }) => id)).toEqual([own?.id]);

  expect((await post("traces.unpin", { id: own?.id }, user.headers)).status).toBe(200);
  expect((await post("traces.unpin", { id: own?.id }, user.headers)).status).toBe(404);
  const { entries } = await app.runtime.services.audit.list({ limit: 10 });
  const acts = entries.filter(({ subject }) => subject === `trace:${own?.id}`);
  expect(acts.map(({ action }) => action)).toEqual(["trace.unpin", "trace.pin"]);
}, 60_000);

test("traces of the dashboard are excluded unless requested", async () => {
  const user = await app.signIn("viewer");
  await get("insights.environment", user.headers);
  await take();
  const procedures = async (includeAdmin: boolean): Promise<string[]> => {
    const list = await getList(`traces.list?input=${input({ includeAdmin })}`, user.headers);
    return list.map(({ procedure }) => procedure);
  };
  await expect.poll(() => procedures(true), { timeout: 10_000 }).toContain("insights.environment");
  expect(await procedures(false)).not.toContain("insights.environment");
}, 60_000);

test("at most 200 are pinned", async () => {
  const user = await app.signIn("operator");
  await call(`note.nearby?input=${input({ x: 10, y: 10 })}`);
  const own = (await take()).find(({ procedure }) => procedure === "note.nearby");
  const { db } = app.runtime.database;
  await db.execute(
    `insert into weir.pinned_traces (id, pinned_by, procedure, started_at, duration_ms, ok, trace)
     select md5(n::text), 'a user', 'p', now(), 1, true, '{}'::jsonb from generate_series(1, 200) n`,
  );
  await expect.poll(async () => (await post("traces.pin", { id: own?.id }, user.headers)).status).toBe(409);
  await db.execute("delete from weir.pinned_traces where id = md5('1')");
  const pins = await Promise.all([1, 2, 3].map(() => post("traces.pin", { id: own?.id }, user.headers)));
  expect(pins.map(({ status }) => status)).toContain(200);
  expect(await getList("traces.pinned", user.headers)).toHaveLength(200);
  await db.execute("delete from weir.pinned_traces");
}, 60_000);
