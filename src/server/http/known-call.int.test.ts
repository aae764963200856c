import { afterAll, beforeAll, expect, test } from "vitest";
import { noteIds } from "@/dev/notes/test-notes";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { channels } from "@weir/core/channels";
import { createInternalCaller } from "@/server/rpc/caller";

const { brulee, quixote, dvorak, minutes } = noteIds;
/** Without the memory tier, so that each request goes to Redis. */
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ disabled: new Set(["l1"]) });
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

type Got = { status: number; body: string; timing: string | null };

async function ask(path: string, input: unknown): Promise<Got> {
  const url = `${app.origin}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
  const response = await fetch(url);
  return { status: response.status, body: await response.text(), timing: response.headers.get("server-timing") };
}

/** Records the outcomes of calls and cache reads while it is open. */
function listen() {
  const ended: string[] = [];
  const reads: string[] = [];
  const stopCalls = channels.rpc.subscribe(({ procedure, ok, errorCode }) => {
    ended.push(`${procedure} ${ok ? "ok" : String(errorCode)}`);
  });
  const stopReads = channels.cache.subscribe((message) => {
    if (message.type === "read") reads.push(`${message.group} ${message.outcome}`);
  });
  const stop = (): void => {
    stopCalls();
    stopReads();
  };
  return { ended, reads, [Symbol.dispose]: stop };
}

test("a known URL is served from Redis with the same bytes, counted as one call and one read", async () => {
  const made = await ask("note.byId", { id: brulee });
  using calls = listen();
  const again = await ask("note.byId", { id: brulee });
  expect(again.body).toBe(made.body);
  expect(again.status).toBe(200);
  expect(again.timing).toMatch(/^total;dur=[\d.]+, cache;desc="note\.byId l2";dur=[\d.]+$/);
  expect(calls.ended).toEqual(["note.byId ok"]);
});

test("after a write the next response has the new value", async () => {
  await ask("note.byId", { id: quixote });
  const caller = createInternalCaller(app.runtime);
  const { version } = await caller.note.byId({ id: quixote });
  await caller.note.update({ id: quixote, version, title: "Sancho" });
  expect((await ask("note.byId", { id: quixote })).body).toContain('"Sancho"');
});

test("for a deleted entity the procedure responds", async () => {
  const id = dvorak;
  const first = await ask("note.byId", { id });
  expect(first.status).toBe(200);
  await app.runtime.database.db.execute(`delete from notes.notes where id = ${id}`);
  await app.runtime.cache.invalidate({ tags: [`note:${id}`] });
  using calls = listen();
  const gone = await ask("note.byId", { id });
  expect(gone.status).toBe(404);
  expect(JSON.parse(gone.body)).toMatchObject({ error: { data: { weirCode: "NOTE_NOT_FOUND", path: "note.byId" } } });
  expect(calls.ended).toEqual(["note.byId NOT_FOUND"]);
  expect(calls.reads).toEqual(["note.byId miss"]);
});

test("a known URL whose entry is negative counts one read, and its response is the procedure's", async () => {
  const id = minutes;
  await ask("note.byId", { id });
  await app.runtime.database.db.execute(`delete from notes.notes where id = ${id}`);
  await app.runtime.cache.invalidate({ tags: [`note:${id}`] });
  await ask("note.byId", { id });
  using calls = listen();
  const known = await ask("note.byId", { id });
  expect(calls.reads).toEqual(["note.byId negative"]);
  expect(calls.ended).toEqual(["note.byId NOT_FOUND"]);
  // A parameter that tRPC ignores makes it an unknown URL, which the procedure handles.
  const response = await fetch(
    `${app.origin}/api/trpc/note.byId?input=${encodeURIComponent(JSON.stringify({ id }))}&x=1`,
  );
  expect([known.status, known.body]).toEqual([response.status, await response.text()]);
}, 30_000);

test("a failure looks like the procedure's own, and is reported once", async () => {
  await using broken = await startTestApp({ disabled: new Set(["l1"]) });
  const mine = app;
  app = broken;
  try {
    await ask("folder.stats", { code: "music" });
    await broken.runtime.cache.invalidate({ all: true });
    await broken.runtime.database.db.execute("alter table notes.folders rename to drawers");
    using calls = listen();
    const known = await ask("folder.stats", { code: "music" });
    const unknown = await ask("folder.stats", { code: "house" });
    expect(known.status).toBe(500);
    expect(known.body).toBe(unknown.body);
    expect(calls.ended).toEqual(["folder.stats INTERNAL_SERVER_ERROR", "folder.stats INTERNAL_SERVER_ERROR"]);
  } finally {
    app = mine;
  }
}, 60_000);
