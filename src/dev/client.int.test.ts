import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "./test-app";
import {
  createWeirClient,
  isWeirError,
  type WeirClient,
  type WeirClientError,
  type WeirClientOptions,
} from "@weir/client";
import { noteIds, type NotesRouter } from "./notes/test-notes";

const { brulee, roses, dvorak } = noteIds;
let app: TestApp;
/** Method and target of every request that the clients of `open` sent, oldest first. */
const asked: string[] = [];

beforeAll(async () => {
  app = await startTestApp();
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

function open(options: WeirClientOptions = {}): WeirClient<NotesRouter> {
  asked.length = 0;
  return createWeirClient<NotesRouter>({
    url: app.origin,
    fetch: (url, init) => {
      asked.push(`${init.method ?? "GET"} ${new URL(url).pathname}`);
      return fetch(url, init);
    },
    ...options,
  });
}

async function failureOf(call: Promise<unknown>): Promise<WeirClientError> {
  const error: unknown = await call.then(
    () => "nothing failed",
    (cause: unknown) => cause,
  );
  if (!isWeirError(error)) throw new TypeError(`not a client error: ${String(error)}`);
  return error;
}

describe.each(["off", "batch", "stream"] as const)("batching %s", (batching) => {
  test("queries with every kind of input get their results", async () => {
    const weir = open({ batching });
    const [note, notes, found, near, page, folders, stats] = await Promise.all([
      weir.note.byId.query({ id: brulee }),
      weir.note.byIds.query({ ids: [brulee, roses, 1] }),
      weir.note.search.query({ q: "São Paulo", limit: 1 }),
      weir.note.nearby.query({ x: 35.68, y: -13.69, limit: 1 }),
      weir.note.list.query({ folder: "recipes", limit: 2 }),
      weir.folder.list.query(),
      weir.folder.stats.query({ code: "music" }),
    ]);
    expect(note).toMatchObject({ id: brulee, title: "Crème brûlée", folderCode: "recipes" });
    expect(notes.items.map(({ id }) => id)).toEqual([brulee, roses]);
    expect(found.items).toMatchObject([{ title: "São Paulo in three days" }]);
    expect(near.items[0]?.distance).toBeLessThan(20);
    expect(page).toMatchObject({ items: [{ id: brulee }, {}], nextCursor: expect.any(String) });
    expect(folders.items).toHaveLength(12);
    expect(stats).toMatchObject({ code: "music", name: "Music" });
    expect(asked).toHaveLength(batching === "off" ? 7 : 1);
  });

  test("each failure in a batch arrives typed, next to the results of the others", async () => {
    const weir = open({ batching });
    const [missing, note, wrong] = await Promise.all([
      failureOf(weir.note.byId.query({ id: 1 })),
      weir.note.byId.query({ id: brulee }),
      failureOf(weir.note.search.query({ q: "", limit: 1_000 })),
    ]);
    expect(missing).toMatchObject({ code: "NOT_FOUND", weirCode: "NOTE_NOT_FOUND", status: 404, problems: [] });
    expect(missing.data?.path).toBe("note.byId");
    expect(missing.requestId).toMatch(/^test-/);
    expect(note.title).toBe("Crème brûlée");
    expect(wrong).toMatchObject({ code: "BAD_REQUEST", weirCode: null, status: 400 });
    expect(wrong.problems.map(({ path }) => path)).toEqual(["q", "limit"]);
  });

  test("a mutation without a session is rejected with a typed error", async () => {
    const error = await failureOf(open({ batching }).note.update.mutate({ id: brulee, version: 1, title: "Custard" }));
    expect(error).toMatchObject({ code: "UNAUTHORIZED", weirCode: "SIGNED_OUT", status: 401 });
    expect(asked).toHaveLength(1);
  });

  test("a query too long for a URL is sent by POST, the others of its batch by GET", async () => {
    const weir = open({ batching, maxUrlLength: 300 });
    const ids = Array.from({ length: 100 }, (_, index) => 950 + index);
    const [long, short] = await Promise.all([weir.note.byIds.query({ ids }), weir.note.byId.query({ id: brulee })]);
    expect(long.items.map(({ id }) => id)).toContain(brulee);
    expect(short.id).toBe(brulee);
    expect(asked.toSorted()).toEqual(["GET /api/trpc/note.byId", "POST /api/trpc/note.byIds"]);
  });
});

test("a call continues the given trace, and its error names the trace", async () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-00`;
  const failed = await failureOf(open({ trace: { traceparent } }).note.byId.query({ id: 1 }));
  expect(failed.traceId).toBe(traceId);
  const own = await failureOf(open({ trace: () => ({ traceparent: "nonsense" }) }).note.byId.query({ id: 1 }));
  expect(own.traceId).toMatch(/^[\da-f]{32}$/);
  expect(own.traceId).not.toBe(traceId);
});

test("a batch is split by the server's limits", async () => {
  const weir = open({ batching: "batch" });
  const calls = Array.from({ length: 45 }, (_, index) => weir.note.byIds.query({ ids: [brulee + index] }));
  await Promise.all(calls);
  expect(asked.map((line) => line.split(",").length)).toEqual([20, 20, 5]);
});

test("a limit unknown to the client is reported by name", async () => {
  const text = "x".repeat(20_000);
  const long = await failureOf(open({ maxUrlLength: 100_000, retries: 0 }).note.list.query({ cursor: text }));
  expect(long.status === 414 || long.status === 431).toBe(true);
  const error = await failureOf(open({ maxUrlLength: 12_000 }).note.list.query({ cursor: "x".repeat(9_000) }));
  expect(error).toMatchObject({ code: "URI_TOO_LONG", status: 414, message: expect.stringContaining("8192") });
  const large = await failureOf(open().note.list.query({ cursor: "x".repeat(70_000) }));
  expect(large).toMatchObject({ code: "PAYLOAD_TOO_LARGE", status: 413, message: expect.stringContaining("64000") });
});

test("a call that times out or is aborted ends immediately", async () => {
  const stuck = (_url: string, init: RequestInit) =>
    new Promise<Response>((_resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
    });
  const weir = open({ fetch: stuck, timeoutMs: 30 });
  expect(await failureOf(weir.folder.list.query())).toMatchObject({
    code: "CALL_TIMEOUT",
    weirCode: null,
    data: null,
  });
  const patient = open({ fetch: stuck, timeoutMs: null });
  const leaving = new AbortController();
  const given = failureOf(patient.folder.list.query(undefined, { signal: leaving.signal }));
  leaving.abort();
  expect(await given).toMatchObject({ code: "ABORTED" });
  const brief = patient.folder.list.query(undefined, { signal: AbortSignal.timeout(20) });
  expect(await failureOf(brief)).toMatchObject({ code: "CALL_TIMEOUT" });
  const ended = failureOf(patient.folder.list.query());
  patient.close();
  expect(await ended).toMatchObject({ code: "CLOSED" });
  expect(await failureOf(patient.folder.list.query())).toMatchObject({ code: "CLOSED" });
});

test("a program signs in, makes the calls of its role, and signs out", async () => {
  const { user, password } = await app.signIn("operator");
  const weir = open();
  expect(await weir.account.me.query()).toBeNull();
  expect(await failureOf(weir.insights.overview.query())).toMatchObject({
    code: "UNAUTHORIZED",
    weirCode: "SIGNED_OUT",
  });
  const wrong = await failureOf(weir.signIn({ email: user.email, password: "not this one" }));
  expect(wrong).toMatchObject({ code: "UNAUTHORIZED", weirCode: "CREDENTIALS_WRONG", status: 401 });

  const signedIn = await weir.signIn({ email: user.email, password });
  expect(signedIn).toMatchObject({ user: { email: user.email, role: "operator" }, mustChangePassword: false });
  expect(await weir.account.me.query()).toMatchObject({ email: user.email });
  expect((await weir.insights.overview.query({ range: "5m" })).range).toBe("5m");
  const note = await weir.note.byId.query({ id: dvorak });
  const renamed = await weir.note.update.mutate({ id: note.id, version: note.version, title: "Humoresques" });
  expect(renamed.title).toBe("Humoresques");
  const stale = await failureOf(weir.note.update.mutate({ id: note.id, version: note.version, title: "Dvořák" }));
  expect(stale).toMatchObject({ code: "CONFLICT", weirCode: "NOTE_VERSION_CONFLICT", status: 409 });
  const low = await failureOf(weir.users.list.query());
  expect(low).toMatchObject({ code: "FORBIDDEN", weirCode: "ROLE_TOO_LOW", data: { requiredRole: "admin" } });
  // Each client has its own session.
  expect(await open().account.me.query()).toBeNull();

  await weir.signOut();
  expect(await weir.account.me.query()).toBeNull();
});

test("an existing session can be used by its cookie", async () => {
  const { cookie, user } = await app.signIn("viewer");
  const weir = open({ cookie: () => cookie });
  expect(await weir.account.me.query()).toMatchObject({ email: user.email, role: "viewer" });
});

test("a subscription reports a change, fails with a typed error, and ends with its client", async () => {
  const { user, password } = await app.signIn("operator");
  const weir = open();
  const refused = weir.insights.live.subscribe();
  await expect(refused.next()).rejects.toMatchObject({ code: "UNAUTHORIZED", weirCode: "SIGNED_OUT" });

  await weir.signIn({ email: user.email, password });
  const events = weir.note.changes.subscribe({ ids: [roses] });
  await expect(events.next()).resolves.toMatchObject({ value: { data: { type: "ready" } } });
  const { version } = await weir.note.byId.query({ id: roses });
  await weir.note.update.mutate({ id: roses, version, title: "Röses" });
  const { value } = await events.next();
  expect(value).toMatchObject({ data: { type: "changes", changes: [{ kind: "present", value: { title: "Röses" } }] } });
  const live = weir.insights.live.subscribe();
  await expect(live.next()).resolves.toMatchObject({ done: false });
  const ended = Promise.all([events.next(), live.next().then(() => live.next())]);
  weir.close();
  await expect(ended).resolves.toMatchObject([{ done: true }, {}]);
}, 30_000);
