import { initTRPC } from "@trpc/server";
import { expect, test } from "vitest";
import { z } from "zod";
import type { EntryRef } from "@weir/cache";
import { channels } from "@weir/core/channels";
import { defineErrors } from "@weir/core/errors";
import { openServer, type OpenServer } from "./conformance/open-server";
import { transformed } from "./conformance/init";
import { formatError } from "./errors";
import { fromEntry } from "./from-entry";
import type { HandlerMeta } from "./meta";
import { observeCall } from "./observe";
import { createCachedHandler } from "./trpc-handler";

type Note = { id: number; text: string };

const NoteError = defineErrors({
  NOTE_NOT_FOUND: { rpcCode: "NOT_FOUND", message: "No note with this ID exists.", when: "", fix: "" },
});

/** A cache of notes that counts its reads. With `l1` it answers from memory. */
function openNotes({ l1 }: { l1: boolean }) {
  const values = new Map<number, Note>([[1, { id: 1, text: "one" }]]);
  const state = { reads: 0, runs: 0 };
  const entry = (id: number): EntryRef<Note> => ({
    group: "note.byId",
    live: () => {
      const value = values.get(id);
      if (!l1 || value === undefined) return undefined;
      return { group: "note.byId", value, answers: () => values.get(id) === value };
    },
    get: async () => {
      state.reads += 1;
      return values.get(id) ?? null;
    },
  });
  const read = async (id: number): Promise<Note> => {
    const note = await entry(id).get();
    if (note === null) throw new NoteError("NOTE_NOT_FOUND");
    return note;
  };
  return { values, state, entry, read };
}

type Notes = ReturnType<typeof openNotes>;

const noteNotFound = (): Error => new NoteError("NOTE_NOT_FOUND");

function buildRouter(notes: Notes) {
  const t = initTRPC
    .context<object>()
    .meta<HandlerMeta>()
    .create({
      isDev: false,
      errorFormatter: (failure) => {
        const shape = formatError(failure);
        // Shows whether the input is known where the error is formatted.
        return { ...shape, data: { ...shape.data, input: failure.input ?? null } };
      },
    });
  const procedure = t.procedure.use((call) => observeCall(null, call, call.next));
  const input = z.object({ id: z.number().int() });
  return t.router({
    byId: procedure.input(input).query(({ input: { id } }) => {
      notes.state.runs += 1;
      return fromEntry(notes.entry(id), () => notes.read(id), noteNotFound);
    }),
    secret: procedure
      .meta({ role: "viewer" })
      .input(input)
      .query(({ input: { id } }) => {
        notes.state.runs += 1;
        return fromEntry(notes.entry(id), () => notes.read(id), noteNotFound);
      }),
  });
}

function serve(notes: Notes): Promise<OpenServer> {
  return openServer(createCachedHandler({ router: buildRouter(notes), createContext: () => ({}) }));
}

async function ask({ origin }: OpenServer, path: string, id: number, headers: Record<string, string> = {}) {
  const response = await fetch(`${origin}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify({ id }))}`, {
    headers,
  });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** The calls that end while it is open. */
function listen() {
  const ended: string[] = [];
  const stop = channels.rpc.subscribe(({ procedure, errorCode }) => ended.push(`${procedure} ${String(errorCode)}`));
  return { ended, [Symbol.dispose]: stop };
}

test("a value in memory is sent as finished bytes, without running the procedure", async () => {
  const notes = openNotes({ l1: true });
  await using server = await serve(notes);
  const made = await ask(server, "byId", 1);
  using calls = listen();
  const again = await ask(server, "byId", 1);
  expect(again.body).toBe(made.body);
  expect(again.headers.get("etag")).toMatch(/^"/);
  expect(again.headers.get("x-request-id")).not.toBe(made.headers.get("x-request-id"));
  expect((await ask(server, "byId", 1, { "if-none-match": again.headers.get("etag") ?? "" })).status).toBe(304);
  expect(notes.state.runs).toBe(1);
  expect(calls.ended).toEqual(["byId null", "byId null"]);
});

test("a procedure that requires a role always runs", async () => {
  const notes = openNotes({ l1: true });
  await using server = await serve(notes);
  for (let count = 0; count < 3; count += 1) {
    // One after another: the first response is what could be learned.
    expect((await ask(server, "secret", 1)).headers.get("etag")).toBeNull();
  }
  const batch = await fetch(`${server.origin}/api/trpc/secret,secret?batch=1&input={"0":{"id":1},"1":{"id":1}}`);
  expect(batch.status).toBe(200);
  expect(notes.state.runs).toBe(5);
});

test("a known URL without memory is answered from its entry, without running the procedure", async () => {
  const notes = openNotes({ l1: false });
  await using server = await serve(notes);
  const made = await ask(server, "byId", 1);
  const again = await ask(server, "byId", 1);
  expect([again.status, again.body]).toEqual([200, made.body]);
  expect(notes.state).toEqual({ reads: 2, runs: 1 });
});

test("a known URL whose entry is absent is read once and answered as the procedure answers", async () => {
  const notes = openNotes({ l1: false });
  await using server = await serve(notes);
  await using fresh = await serve(notes);
  await ask(server, "byId", 1);
  notes.values.clear();
  const { reads, runs } = notes.state;
  using calls = listen();
  const known = await ask(server, "byId", 1);
  expect(notes.state).toEqual({ reads: reads + 1, runs });
  expect(calls.ended).toEqual(["byId NOT_FOUND"]);
  const asked = await ask(fresh, "byId", 1);
  expect(notes.state.runs).toBe(runs + 1);
  expect([known.status, known.body]).toEqual([404, asked.body]);
  expect(JSON.parse(known.body)).toMatchObject({ error: { data: { weirCode: "NOTE_NOT_FOUND", input: { id: 1 } } } });
});

test("a router with a data transformer is refused", () => {
  const router = transformed.router({ hello: transformed.procedure.query(() => "hello") });
  expect(() => createCachedHandler({ router, createContext: ({ req, res }) => ({ req, res, user: "a" }) })).toThrow(
    TypeError,
  );
});
