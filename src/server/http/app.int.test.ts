import { createTRPCClient, httpBatchLink, httpLink, TRPCClientError } from "@trpc/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "@/dev/test-app";
import type { NotesRouter } from "@/dev/notes/test-notes";
import { createInternalCaller } from "@/server/rpc/caller";

const saoPaulo = 1_001;
let app: TestApp;
const client = () => createTRPCClient<NotesRouter>({ links: [httpLink({ url: `${app.origin}/api/trpc` })] });

beforeAll(async () => {
  app = await startTestApp();
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

const call = (path: string, init?: RequestInit): Promise<Response> => fetch(`${app.origin}/api/trpc/${path}`, init);
const query = (path: string, input: unknown): Promise<Response> =>
  call(`${path}?input=${encodeURIComponent(JSON.stringify(input))}`);

type Failure = { error: { message: string; data: { code: string; weirCode: string | null } } };
// The envelope is tRPC's; a wrong shape fails the expectations below.
const failure = async (response: Response): Promise<Failure["error"]> => ((await response.json()) as Failure).error;

test("a search finds an accented title in any spelling, and the second search is a hit", async () => {
  const first = await query("note.search", { q: "Sao Pau" });
  expect(first.status).toBe(200);
  expect(first.headers.get("server-timing")).toMatch(
    /^total;dur=[\d.]+, cache;desc="note\.search miss";.*sql;dur=[\d.]+/,
  );
  const second = await query("note.search", { q: "  SAO pau " });
  expect(second.headers.get("server-timing")).toMatch(/^total;dur=[\d.]+, cache;desc="note\.search l1";dur=[\d.]+$/);
  const found = (await client().note.search.query({ q: "Sao Pau" })).items[0];
  expect(found).toMatchObject({ id: saoPaulo, title: "São Paulo in three days" });
  expect(second.headers.get("cache-control")).toBe("no-cache");
});

test("an unknown ID is NOT_FOUND and queried only once", async () => {
  const first = await query("note.byId", { id: 1 });
  expect(first.status).toBe(404);
  expect(await failure(first)).toMatchObject({ data: { code: "NOT_FOUND", weirCode: "NOTE_NOT_FOUND" } });
  const second = await query("note.byId", { id: 1 });
  expect(second.status).toBe(404);
  expect(second.headers.get("server-timing")).toContain('cache;desc="note.byId negative"');
});

test.each([
  ["note.byId", { id: 0 }],
  ["note.byId", { id: "1" }],
  ["note.byId", {}],
  ["note.byId", { id: 1, more: true }],
  ["note.byIds", { ids: Array.from({ length: 101 }, (_, index) => index + 1) }],
  ["note.search", { q: "" }],
  ["note.search", { q: "a".repeat(101) }],
  ["note.search", { q: "a", limit: 51 }],
  ["note.search", { q: "a", folder: "Recipes" }],
  ["note.nearby", { x: 91, y: 0 }],
  ["note.nearby", { x: 0, y: 0, radius: -1 }],
  ["note.list", { limit: 101 }],
  ["note.list", { order: "area" }],
  ["note.list", { cursor: "nonsense" }],
  ["folder.stats", { code: "Recipes" }],
])("%s rejects %o as BAD_REQUEST and says what is wrong", async (path, input) => {
  const response = await query(path, input);
  expect(response.status).toBe(400);
  const { message, data } = await failure(response);
  expect(data.code).toBe("BAD_REQUEST");
  expect(message.length).toBeGreaterThan(10);
});

test("text that Postgres cannot store gets an empty result, not a failure", async () => {
  const response = await query("note.search", { q: "a\0b" });
  expect(response.status).toBe(400);
});

test("pages of a list join without gaps, and a cursor of another list is rejected", async () => {
  const { note } = client();
  const first = await note.list.query({ folder: "garden", limit: 10 });
  const second = await note.list.query({ folder: "garden", limit: 10, cursor: first.nextCursor });
  const whole = await note.list.query({ folder: "garden", limit: 20 });
  expect([...first.items, ...second.items]).toEqual(whole.items);
  const stray = note.list.query({ folder: "recipes", limit: 10, cursor: first.nextCursor });
  await expect(stray).rejects.toMatchObject({ data: { weirCode: "CURSOR_INVALID" } });
});

test("an update requires an operator, checks the version and reaches every cached response", async () => {
  const { note } = client();
  const before = await note.byId.query({ id: saoPaulo });
  const listed = await note.list.query({ folder: "travel", limit: 1 });
  expect(listed.items[0]?.id).toBe(saoPaulo);
  const stats = await client().folder.stats.query({ code: "travel" });

  const overHttp = note.update.mutate({ id: saoPaulo, version: before.version, words: 1 });
  await expect(overHttp).rejects.toMatchObject({ data: { code: "UNAUTHORIZED", weirCode: "SIGNED_OUT" } });

  const { headers } = await app.signIn("operator");
  const operator = createTRPCClient<NotesRouter>({ links: [httpLink({ url: `${app.origin}/api/trpc`, headers })] });
  const changed = await operator.note.update.mutate({ id: saoPaulo, version: before.version, words: 1 });
  expect(changed).toEqual({ ...before, words: 1, version: before.version + 1 });
  expect(await note.byId.query({ id: saoPaulo })).toEqual(changed);
  expect((await note.list.query({ folder: "travel", limit: 1 })).items[0]?.id).not.toBe(saoPaulo);
  const after = await client().folder.stats.query({ code: "travel" });
  expect(after.totalWords).toBe(stats.totalWords - before.words + 1);

  const inside = createInternalCaller(app.runtime);
  const again = inside.note.update({ id: saoPaulo, version: before.version, title: "Late" });
  await expect(again).rejects.toMatchObject({ code: "CONFLICT" });
  const unknown = inside.note.update({ id: 1, version: 1, title: "Nowhere" });
  await expect(unknown).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a batch has one result per call", async () => {
  const batched = createTRPCClient<NotesRouter>({ links: [httpBatchLink({ url: `${app.origin}/api/trpc` })] });
  const [found, missing] = await Promise.allSettled([
    batched.note.byId.query({ id: saoPaulo }),
    batched.note.byId.query({ id: 2 }),
  ]);
  expect(found.status).toBe("fulfilled");
  expect(missing).toMatchObject({ status: "rejected", reason: expect.any(TRPCClientError) });
});

test.each([
  ["a batch over its length", () => call(`${"note.byId,".repeat(20)}note.byId?batch=1`), 400],
  ["15 000 commas", () => call(`${",".repeat(8_000)}?batch=1`), 400],
  ["a URL over its length", () => call(`note.byId?input=${"1".repeat(9_000)}`), 414],
  ["a form on another site", () => call("note.update", { method: "POST", body: new FormData() }), 415],
  ["a page on another site", () => call("folder.list", { headers: { origin: "https://evil.example" } }), 403],
  [
    "a body over its size",
    () =>
      call("note.update", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `"${"a".repeat(70_000)}"`,
      }),
    413,
  ],
  ["an unknown procedure", () => call("note.nothing"), 404],
  ["a prototype's name", () => call("__proto__.toString"), 404],
  ["JSON that ends early", () => call("note.byId?input={"), 400],
  ["invalid percent-encoding", () => call("%E0%A4%A"), 400],
])("%s is rejected with a typed error", async (_what, send, status) => {
  const response = await send();
  expect(response.status).toBe(status);
  await response.arrayBuffer();
});

test("insights count exactly the calls made", async () => {
  await using fresh = await startTestApp();
  const { headers } = await fresh.signIn("viewer");
  const links = [httpLink({ url: `${fresh.origin}/api/trpc`, headers })];
  const { note, insights } = createTRPCClient<NotesRouter>({ links });
  await note.byId.query({ id: saoPaulo });
  await note.byId.query({ id: saoPaulo });
  await note.byId.query({ id: saoPaulo });
  await note.byId.query({ id: 3 }).catch(() => null);
  await fresh.telemetry.flush();
  const overview = await insights.overview.query({ range: "5m" });
  expect(overview.cache.outcomes).toMatchObject({ hitL1: 2, miss: 2, hitL2: 0 });
  expect(overview.cache).toMatchObject({ reads: 4, hitRatio: 0.5, loadsPer1000Reads: 500 });
  expect(overview.procedures).toMatchObject([{ name: "note.byId", count: 4, errors: 0, refused: 1 }]);
  expect(overview.statements).toMatchObject([{ name: "note.byId", count: 2, errors: 0 }]);
}, 30_000);

test("health touches nothing, readiness follows the state, and metrics require their token", async () => {
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${app.origin}${path}`, { headers });
  expect((await get("/healthz")).status).toBe(200);
  expect((await get("/readyz")).status).toBe(200);
  app.readiness.state = "draining";
  expect((await get("/readyz")).status).toBe(503);
  app.readiness.state = "ready";
  expect((await get("/metrics")).status).toBe(403);
  expect((await get("/metrics", { authorization: "Bearer another token" })).status).toBe(403);
  for (const authorization of [app.metricsHeaders.authorization, "bearer a token of the tests"]) {
    expect(await (await get("/metrics", { authorization })).text()).toContain("weir_rpc_duration_seconds");
  }
});
