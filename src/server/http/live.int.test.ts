import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import postgres from "postgres";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { type EventReader, openEvents } from "@/dev/test-events";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { waitUntil } from "@weir/embedded/processes";
import { createInternalCaller } from "@/server/rpc/caller";
import { createAppHandler } from "./app-handler";
import { openServer } from "../../../packages/trpc-node/src/conformance/open-server";
import { openAccounts } from "./auth-door";
import { createNotesDatabase, noteIds } from "@/dev/notes/test-notes";

const { dvorak } = noteIds;
const keyPrefix = testPrefix();
const tester = { id: null, label: "test", sessionId: null, address: null, requestId: null };
let database: TestDatabase;
let app: TestApp;
let other: TestApp;
let open: EventReader[] = [];

beforeAll(async () => {
  database = await createNotesDatabase();
  app = await startTestApp({ databaseUrl: database.url, keyPrefix });
  other = await startTestApp({ databaseUrl: database.url, keyPrefix });
  // The import of the template has an invalidation of its own, which the first node sweeps.
  const sql = postgres(database.url, { max: 1 });
  const isSwept = async (): Promise<boolean> => (await sql`select 1 from weir.cache_outbox`).length === 0;
  const epochOf = ({ runtime }: TestApp): number => runtime.cache.stats().epoch;
  await waitUntil(async () => (await isSwept()) && epochOf(app) === epochOf(other), 20_000);
  await sql.end();
}, 120_000);
afterEach(async () => {
  for (const reader of open) reader.close();
  open = [];
  for (const node of [app, other]) {
    if (!(await waitUntil(() => node.runtime.services.streams.count === 0, 10_000)))
      throw new Error("A stream is left.");
  }
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await database.drop();
});

async function listen(
  node: TestApp,
  procedure: string,
  input: unknown = {},
  headers: Record<string, string> = {},
): Promise<EventReader> {
  const url = `${node.origin}/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;
  const reader = await openEvents(url, headers);
  open.push(reader);
  return reader;
}

async function rename(node: TestApp, title: string): Promise<void> {
  const caller = createInternalCaller(node.runtime);
  const { version } = await caller.note.byId({ id: dvorak });
  await caller.note.update({ id: dvorak, version, title });
}

const changed = (title: string) => ({
  event: "message",
  data: { type: "changes", changes: [{ kind: "present", id: dvorak, value: { title } }] },
});

describe("note.changes over HTTP", () => {
  test("has headers that keep proxies from buffering", async () => {
    const reader = await listen(app, "note.changes", { ids: [dvorak] });
    const { headers, status } = reader.response;
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/event-stream");
    expect(headers.get("x-accel-buffering")).toBe("no");
    expect(headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(headers.get("content-encoding")).toBeNull();
    expect(headers.get("server-timing")).toMatch(/^total;dur=/);
    expect(await reader.next()).toEqual({ event: "connected", id: null, data: { reconnectAfterInactivityMs: 15_000 } });
    expect(await reader.nextData()).toMatchObject({
      data: { type: "ready", changes: [{ kind: "present", id: dvorak }] },
    });
  });

  test("reports writes on this node, on another node and in SQL, each once", async () => {
    const reader = await listen(app, "note.changes", { ids: [dvorak] });
    await reader.nextData();
    await rename(app, "Humoresques");
    expect(await reader.nextData()).toMatchObject(changed("Humoresques"));
    await rename(other, "Klavír po půlnoci");
    expect(await reader.nextData()).toMatchObject(changed("Klavír po půlnoci"));
    const sql = postgres(database.url, { max: 1 });
    await sql`update notes.notes set title = 'Tři skladby', version = version + 1 where id = ${dvorak}`;
    await sql`select weir.invalidate(array[${`note:${dvorak}`}])`;
    await sql.end();
    expect(await reader.nextData()).toMatchObject(changed("Tři skladby"));
    await rename(app, "Dvořák on the piano");
    expect(await reader.nextData()).toMatchObject(changed("Dvořák on the piano"));
  });

  test("resumes after the last event on another node", async () => {
    const reader = await listen(app, "note.changes", { ids: [dvorak] });
    const ready = await reader.nextData();
    reader.close();
    await rename(app, "Humoresques");
    const back = await listen(other, "note.changes", { ids: [dvorak] }, { "last-event-id": ready?.id ?? "" });
    const event = await back.nextData();
    expect(event).toMatchObject(changed("Humoresques"));
    await rename(other, "Dvořák on the piano");
    expect(await back.nextData()).toMatchObject(changed("Dvořák on the piano"));
    const again = await listen(other, "note.changes", { ids: [dvorak], lastEventId: event?.id });
    expect(await again.nextData()).toMatchObject(changed("Dvořák on the piano"));
  });

  test("resumes on a node that started after the last event", async () => {
    const reader = await listen(app, "note.changes", { ids: [dvorak] });
    const ready = await reader.nextData();
    reader.close();
    await rename(app, "Humoresques");
    await using late = await startTestApp({ databaseUrl: database.url, keyPrefix });
    const back = await listen(late, "note.changes", { ids: [dvorak], lastEventId: ready?.id });
    expect(await back.nextData()).toMatchObject(changed("Humoresques"));
    back.close();
    await rename(app, "Dvořák on the piano");
  }, 30_000);

  test("fails with a typed error beyond the client's limit, and on invalid input", async () => {
    for (let count = 0; count < 20; count += 1)
      await (await listen(app, "note.changes", { folder: "garden" })).nextData();
    const refused = await (await listen(app, "note.changes")).nextData();
    expect(refused).toMatchObject({
      event: "serialized-error",
      data: { data: { code: "TOO_MANY_REQUESTS", weirCode: "STREAMS_EXHAUSTED" } },
    });
    const bad = await (await listen(app, "note.changes", { ids: [1], folder: "recipes" })).nextData();
    expect(bad).toMatchObject({ event: "serialized-error", data: { data: { code: "BAD_REQUEST" } } });
  });
});

test("a stream outlives the deadline of calls, and so does what it loads", async () => {
  const { cookie } = openAccounts(app.runtime, {
    secret: "x".repeat(40),
    trustedProxies: new Set(),
    origins: new Set(),
  });
  const { router, services } = app.runtime;
  const handler = createAppHandler({
    router,
    services,
    cookie,
    trustedProxies: new Set(),
    limits: { deadlineMs: 100 },
  });
  await using server = await openServer((req, res) => handler(req, res, "1"));
  const input = encodeURIComponent(JSON.stringify({ ids: [dvorak] }));
  const reader = await openEvents(`${server.origin}/api/trpc/note.changes?input=${input}`);
  open.push(reader);
  await reader.nextData();
  const startedAtMs = performance.now();
  await waitUntil(() => performance.now() - startedAtMs > 300, 10_000);
  await rename(other, "Humoresques");
  expect(await reader.nextData()).toMatchObject(changed("Humoresques"));
  await rename(app, "Dvořák on the piano");
});

describe("insights.live over HTTP", () => {
  const refused = (weirCode: string) => ({ event: "serialized-error", data: { data: { weirCode } } });

  test("repeats whole responses, to signed-in users only", async () => {
    const { headers } = await app.signIn("viewer");
    const asks = [{ name: "overview", input: { range: "5m" } }, { name: "status" }];
    const reader = await listen(app, "insights.live", { asks }, headers);
    const seen = new Map<unknown, unknown[]>();
    for (let event = await reader.nextData(); (seen.get(0)?.length ?? 0) < 2; event = await reader.nextData()) {
      const { ask, ok, data } = Object(event?.data);
      expect(ok).toBe(true);
      seen.set(ask, [...(seen.get(ask) ?? []), data]);
    }
    expect(seen.get(0)?.[1]).toMatchObject({ range: "5m", buckets: { length: 60 } });
    expect(Reflect.get(Object(seen.get(0)?.[1]), "asOf")).not.toBe(Reflect.get(Object(seen.get(0)?.[0]), "asOf"));
    expect(seen.get(1)?.[0]).toMatchObject({ troubles: [] });
    expect(await (await listen(app, "insights.live")).nextData()).toMatchObject(refused("SIGNED_OUT"));
    const evil = await listen(app, "insights.live", {}, { ...headers, origin: "https://evil.example" });
    expect(evil.response.status).toBe(403);
  });

  test("an ask that fails says so, and the others go on", async () => {
    const { headers } = await app.signIn("viewer");
    const ahead = { from: "2999-01-01T00:00:00Z", to: "2999-01-02T00:00:00Z" };
    const asks = [
      { name: "overview", input: { range: ahead } },
      { name: "overview", input: {} },
    ];
    const reader = await listen(app, "insights.live", { asks }, headers);
    const events = [await reader.nextData(), await reader.nextData()].map((event) => event?.data);
    expect(events).toContainEqual({ ask: 0, name: "overview", ok: false });
    expect(events).toContainEqual(expect.objectContaining({ ask: 1, ok: true }));
  });

  test.each([
    [{ asks: [] }],
    [{ asks: Array.from({ length: 17 }, () => ({ name: "status" })) }],
    [{ asks: [{ name: "cacheKeys", input: {} }] }],
    [{ asks: [{ name: "overview", input: { range: "1y" } }] }],
  ])("%j is refused", async (input) => {
    const { headers } = await app.signIn("viewer");
    const reader = await listen(app, "insights.live", input, headers);
    expect(await reader.nextData()).toMatchObject({
      event: "serialized-error",
      data: { data: { code: "BAD_REQUEST" } },
    });
  });

  test.each(["revokeSessions", "disable"] as const)("ends when an admin does %s, on any node", async (act) => {
    const { headers, user } = await app.signIn("viewer");
    const reader = await listen(app, "insights.live", {}, headers);
    expect(await reader.nextData()).toMatchObject({ data: { name: "overview", ok: true } });
    await other.runtime.services.users[act](user.id, tester);
    const revokedAtMs = performance.now();
    let event = await reader.nextData();
    while (event?.event === "message") event = await reader.nextData();
    expect(event).toMatchObject(refused("SIGNED_OUT"));
    // Two seconds are guaranteed; the rest allows for a busy machine.
    expect(performance.now() - revokedAtMs).toBeLessThan(6_000);
    expect(await reader.nextData()).toBeNull();
  });
});

test("a draining node ends its streams with a retryable error, and closes", async () => {
  const node = await startTestApp({ databaseUrl: database.url, keyPrefix });
  const notes = await listen(node, "note.changes", { ids: [dvorak] });
  const { headers } = await node.signIn("viewer");
  const insights = await listen(node, "insights.live", {}, headers);
  for (const reader of [notes, insights]) await reader.nextData();
  const startedAtMs = performance.now();
  const closed = node[Symbol.asyncDispose]();
  expect(await notes.nextData()).toMatchObject({
    event: "serialized-error",
    data: { data: { code: "SERVICE_UNAVAILABLE", weirCode: "SERVER_DRAINING" } },
  });
  expect(await notes.nextData()).toBeNull();
  await closed;
  expect(performance.now() - startedAtMs).toBeLessThan(20_000);
}, 120_000);
