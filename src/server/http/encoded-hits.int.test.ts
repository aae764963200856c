import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { get, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noteIds } from "@/dev/notes/test-notes";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { createInternalCaller } from "@/server/rpc/caller";

const { brulee, roses, quixote, dvorak } = noteIds;
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

type Got = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** The raw response, without decompression. */
function ask(path: string, input: unknown, headers: Record<string, string> = {}): Promise<Got> {
  const url = `${app.origin}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
  return new Promise((resolve, reject) => {
    get(url, { headers }, (res: IncomingMessage) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.once("end", () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }),
      );
    }).once("error", reject);
  });
}

/** Repeats the request until it is served from finished bytes. */
async function warm(path: string, input: unknown): Promise<Got> {
  await ask(path, input);
  await ask(path, input);
  const got = await ask(path, input);
  expect(got.headers.etag).toBeDefined();
  return got;
}

test("a response from finished bytes has the same bytes and headers as the original", async () => {
  const made = await ask("note.byId", { id: brulee });
  const again = await warm("note.byId", { id: brulee });
  expect(made.headers.etag).toBeUndefined();
  expect(again.body.equals(made.body)).toBe(true);
  expect(again.headers["server-timing"]).toMatch(/^total;dur=[\d.]+, cache;desc="note\.byId l1";dur=[\d.]+$/);
  for (const name of ["content-type", "content-length", "vary", "cache-control", "x-content-type-options"]) {
    expect(again.headers[name], name).toBe(made.headers[name]);
  }
  expect(again.headers["x-request-id"]).not.toBe(made.headers["x-request-id"]);
});

test("a client that has the response gets 304 without a body", async () => {
  const { headers } = await warm("note.byId", { id: brulee });
  const etag = headers.etag ?? "";
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    // Sequential on purpose: each is a separate request.
    const got = await ask("note.byId", { id: brulee }, { "if-none-match": known });
    expect([got.status, got.body.length, got.headers.etag]).toEqual([304, 0, etag]);
  }
  expect((await ask("note.byId", { id: brulee }, { "if-none-match": '"other"' })).status).toBe(200);
});

test("after a write no request gets the old bytes or a 304 for them", async () => {
  const before = await warm("note.byId", { id: quixote });
  const list = await warm("note.list", { folder: "books", limit: 3 });
  const { version } = await createInternalCaller(app.runtime).note.byId({ id: quixote });
  await createInternalCaller(app.runtime).note.update({ id: quixote, version, title: "Sancho" });
  const known = { "if-none-match": before.headers.etag ?? "" };
  const after = await ask("note.byId", { id: quixote }, known);
  expect(after.status).toBe(200);
  expect(after.body.toString()).toContain("Sancho");
  const listed = await ask("note.list", { folder: "books", limit: 3 });
  expect(listed.body.equals(list.body)).toBe(false);
});

test("requests whose response could differ are not served from finished bytes", async () => {
  await warm("folder.stats", { code: "music" });
  const past = async (headers: Record<string, string>): Promise<Got> => ask("folder.stats", { code: "music" }, headers);
  expect((await past({ accept: "application/jsonl" })).status).toBe(400);
  expect((await past({ "trpc-accept": "application/jsonl" })).status).toBe(400);
  expect((await past({ origin: "https://evil.example" })).status).toBe(403);
  expect((await past({ "content-type": "text/plain" })).headers.etag).toBeUndefined();
  expect((await past({ host: "not a host" })).status).toBe(400);
});

test("a larger response is sent compressed once that is computed, each encoding with its own ETag", async () => {
  const input = { folder: "books", limit: 50 };
  const plain = await warm("note.list", input);
  expect(plain.headers.vary).toContain("accept-encoding");
  const encoded = (accept: string) => ask("note.list", input, { "accept-encoding": accept });
  await expect.poll(async () => (await encoded("gzip, br")).headers["content-encoding"]).toBe("br");
  const br = await encoded("gzip, br");
  const gz = await encoded("gzip;q=0.5, br;q=0");
  expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
  expect(gz.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(gz.body).equals(plain.body)).toBe(true);
  expect(new Set([plain, br, gz].map(({ headers }) => headers.etag)).size).toBe(3);
  expect((await encoded("identity")).headers["content-encoding"]).toBeUndefined();
});

test("each response counts as one call and one hit", async () => {
  await using fresh = await startTestApp();
  const mine = app;
  app = fresh;
  try {
    for (let calls = 0; calls < 10; calls += 1) {
      // The order determines the outcome of each.
      await ask("note.byId", { id: brulee });
    }
    await fresh.telemetry.flush();
    const overview = await fresh.runtime.services.insights.overview({ range: "5m", includeAdmin: false });
    expect(overview.cache.outcomes).toMatchObject({ miss: 1, hitL1: 9 });
    expect(overview.procedures).toMatchObject([{ name: "note.byId", count: 10, errors: 0 }]);
    expect(overview.statements).toMatchObject([{ name: "note.byId", count: 1 }]);
  } finally {
    app = mine;
  }
}, 30_000);

test("a batch of finished responses has the same bytes in any mixture, and counts each call", async () => {
  await using fresh = await startTestApp();
  const batch = async (ids: readonly number[], query = ""): Promise<{ status: number; body: string }> => {
    const paths = ids.map(() => "note.byId").join(",");
    const input = JSON.stringify(Object.fromEntries(ids.map((id, index) => [index, { id }])));
    const url = `${fresh.origin}/api/trpc/${paths}?batch=1&input=${encodeURIComponent(input)}${query}`;
    const response = await fetch(url);
    return { status: response.status, body: await response.text() };
  };
  const nowhere = 1;
  const made = await batch([brulee, roses]);
  await batch([brulee, roses]);
  expect(await batch([brulee, roses])).toEqual(made);
  const turned = JSON.stringify((JSON.parse(made.body) as unknown[]).toReversed());
  expect((await batch([roses, brulee])).body).toBe(turned);

  // Some cached, some loaded, some failing.
  const mixed = await batch([roses, quixote, nowhere]);
  expect(mixed.status).toBe(207);
  expect(await batch([roses, quixote, nowhere])).toEqual(mixed);

  await fresh.telemetry.flush();
  const overview = await fresh.runtime.services.insights.overview({ range: "5m", includeAdmin: false });
  expect(overview.procedures).toMatchObject([{ name: "note.byId", count: 14, errors: 0, refused: 2 }]);
  expect(overview.cache.outcomes).toMatchObject({ miss: 4, hitL1: 9, negative: 1 });
}, 30_000);

test("after a write no batch contains the old response", async () => {
  const url = `${app.origin}/api/trpc/note.byId,note.byId?batch=1&input=${encodeURIComponent('{"0":{"id":1005},"1":{"id":1002}}')}`;
  const read = async (): Promise<string> => (await fetch(url)).text();
  await read();
  await read();
  expect(await read()).toContain('"Dvořák on the piano"');
  const caller = createInternalCaller(app.runtime);
  const { version } = await caller.note.byId({ id: dvorak });
  await caller.note.update({ id: dvorak, version, title: "Humoresques" });
  expect(await read()).toContain('"Humoresques"');
});
