import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, expectTypeOf, test } from "vitest";
import { openServer, type OpenServer } from "../../packages/trpc-node/src/conformance/open-server";
import {
  createWeirClient,
  isWeirError,
  type WeirClient,
  type WeirClientError,
  type WeirClientOptions,
} from "@weir/client";
import * as application from "@/client";
import type { NotesRouter } from "./notes/test-notes";

type Answer = (res: ServerResponse, req: IncomingMessage) => void;

let server: OpenServer;
let answers: Answer[] = [];
const asked: { method: string; url: string; headers: IncomingMessage["headers"]; atMs: number }[] = [];

beforeEach(async () => {
  asked.length = 0;
  server = await openServer((req, res) => {
    asked.push({ method: req.method ?? "", url: req.url ?? "", headers: req.headers, atMs: performance.now() });
    const answer = answers.shift() ?? says({ items: [] });
    answer(res, req);
  });
});
afterEach(() => server[Symbol.asyncDispose]());

const json = { "content-type": "application/json" };
const says =
  (data: unknown): Answer =>
  (res) =>
    res.writeHead(200, json).end(JSON.stringify({ result: { data } }));
const fails =
  (httpStatus: number, code: string, headers: Record<string, string> = {}): Answer =>
  (res) => {
    const error = { message: "no", code: -32_603, data: { code, httpStatus, weirCode: "DATABASE_BUSY", problems: [] } };
    res.writeHead(httpStatus, { ...json, ...headers }).end(JSON.stringify({ error }));
  };
const breaksOff: Answer = (res) => res.destroy();

const open = (options: WeirClientOptions = {}): WeirClient<NotesRouter> =>
  createWeirClient<NotesRouter>({ url: server.origin, ...options });
async function failureOf(call: Promise<unknown>): Promise<WeirClientError> {
  const error: unknown = await call.then(() => null).catch((cause: unknown) => cause);
  if (!isWeirError(error)) throw new TypeError(`not a client error: ${String(error)}`);
  return error;
}

test.each<[string, Answer]>([
  ["503", fails(503, "SERVICE_UNAVAILABLE")],
  ["429", fails(429, "TOO_MANY_REQUESTS", { "retry-after": "0" })],
  ["a connection that breaks", breaksOff],
  ["a proxy's 503", (res) => res.writeHead(503, { "content-type": "text/html" }).end("<h1>busy</h1>")],
])("a query is retried after %s", async (_name, failure) => {
  answers = [failure, failure];
  await expect(open().folder.list.query()).resolves.toEqual({ items: [] });
  expect(asked).toHaveLength(3);
});

test.each<[string, Answer, object]>([
  ["404", fails(404, "NOT_FOUND"), { code: "NOT_FOUND", status: 404 }],
  ["500", fails(500, "INTERNAL_SERVER_ERROR"), { code: "INTERNAL_SERVER_ERROR", status: 500 }],
  ["504", fails(504, "GATEWAY_TIMEOUT"), { code: "GATEWAY_TIMEOUT", status: 504 }],
  [
    "a response that is not from this API",
    (res) => res.writeHead(200, { "content-type": "text/html" }).end("<p>hi"),
    { code: "UNREADABLE_ANSWER", status: 200 },
  ],
])("a query is not retried after %s", async (_name, failure, expected) => {
  answers = [failure];
  expect(await failureOf(open().folder.list.query())).toMatchObject(expected);
  expect(asked).toHaveLength(1);
});

test("attempts are bounded, and the last error is reported", async () => {
  answers = Array.from({ length: 9 }, () => fails(503, "SERVICE_UNAVAILABLE"));
  const error = await failureOf(open({ retries: 3 }).folder.list.query());
  expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE", weirCode: "DATABASE_BUSY", status: 503, message: "no" });
  expect(asked).toHaveLength(4);
  answers = [breaksOff];
  expect(await failureOf(open({ retries: 0 }).folder.list.query())).toMatchObject({ code: "NETWORK", status: null });
  expect(asked).toHaveLength(5);
});

test("a mutation is never retried", async () => {
  answers = [fails(503, "SERVICE_UNAVAILABLE", { "retry-after": "0" })];
  const error = await failureOf(open().note.update.mutate({ id: 1, version: 1 }));
  expect(error).toMatchObject({ status: 503, retryAfterMs: 0 });
  answers = [breaksOff];
  expect(await failureOf(open().note.update.mutate({ id: 1, version: 1 }))).toMatchObject({ code: "NETWORK" });
  expect(asked).toHaveLength(2);
});

test("Retry-After is respected, and a wait longer than the timeout is not started", async () => {
  answers = [fails(429, "TOO_MANY_REQUESTS", { "retry-after": "1" })];
  await open().folder.list.query();
  const [first, second] = asked;
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(950);
  answers = [fails(429, "TOO_MANY_REQUESTS", { "retry-after": "3600" })];
  const error = await failureOf(open().folder.list.query());
  expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterMs: 3_600_000 });
  expect(asked).toHaveLength(3);
});

test("a server's wait without end is an hour, whether a header or the error says so", async () => {
  const error = (retryAfterSeconds: unknown): Answer => {
    const data = { code: "SERVICE_UNAVAILABLE", httpStatus: 503, weirCode: null, problems: [], retryAfterSeconds };
    return (res) => res.writeHead(503, json).end(JSON.stringify({ error: { message: "no", code: -32_000, data } }));
  };
  answers = [
    fails(503, "SERVICE_UNAVAILABLE", { "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" }),
    error(1e300),
    error("soon"),
  ];
  const weir = open({ retries: 0 });
  expect(await failureOf(weir.folder.list.query())).toMatchObject({ retryAfterMs: 3_600_000 });
  expect(await failureOf(weir.folder.list.query())).toMatchObject({ retryAfterMs: 3_600_000 });
  expect(await failureOf(weir.folder.list.query())).toMatchObject({ retryAfterMs: null });
});

test("no limit of time is null or Infinity", async () => {
  for (const timeoutMs of [null, Infinity]) {
    answers = [(res) => res.writeHead(200, json).end("{}")];
    const weir = open({ timeoutMs });
    await weir.signIn({ email: "a@example.org", password: "a long password" });
    await weir.folder.list.query();
  }
  expect(asked).toHaveLength(4);
});

test.each([
  { timeoutMs: 0 },
  { timeoutMs: -1 },
  { timeoutMs: NaN },
  { timeoutMs: 2 ** 31 },
  { retries: -1 },
  { retries: NaN },
  { retries: 0.5 },
])("%o is refused before the first call", (option) => {
  const [name = ""] = Object.keys(option);
  expect(() => open(option)).toThrow(RangeError);
  expect(() => open(option)).toThrow(name);
});

test("headers are computed per request, cookies are kept per client, and writes send Origin", async () => {
  let count = 0;
  const weir = open({ headers: () => ({ "x-count": String((count += 1)) }), cookie: "given=1" });
  answers = [(res) => res.writeHead(200, { ...json, "set-cookie": "session=s; HttpOnly" }).end("{}")];
  await weir.signIn({ email: "a@example.org", password: "a long password" });
  await weir.folder.list.query();
  await open().folder.list.query();
  expect(
    asked.map(({ method, url, headers }) => [method, url, headers["x-count"], headers.cookie, headers.origin]),
  ).toEqual([
    ["POST", "/api/auth/sign-in/email", "1", "given=1", server.origin],
    ["GET", "/api/trpc/folder.list", "2", "given=1; session=s", undefined],
    ["GET", "/api/trpc/folder.list", undefined, undefined, undefined],
  ]);
});

test("a rejected sign-in is an error like any other", async () => {
  answers = [fails(429, "TOO_MANY_REQUESTS", { "retry-after": "30" }), (res) => res.writeHead(502).end()];
  const weir = open();
  const attempt = (): Promise<unknown> => weir.signIn({ email: "a@example.org", password: "x" });
  expect(await failureOf(attempt())).toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterMs: 30_000 });
  expect(await failureOf(attempt())).toMatchObject({ code: "BAD_GATEWAY", status: 502, message: "HTTP 502" });
  expect(await failureOf(createWeirClient({ url: "http://127.0.0.1:1" }).signOut())).toMatchObject({ code: "NETWORK" });
});

test("the API may have another base URL, and an invalid URL is rejected", async () => {
  await createWeirClient<NotesRouter>({ url: `${server.origin}/weir/api/trpc/` }).folder.list.query();
  await createWeirClient({ url: new URL(server.origin) }).signOut();
  expect(asked.map(({ url }) => url)).toEqual(["/weir/api/trpc/folder.list", "/api/auth/sign-out"]);
  expect(() => createWeirClient({ url: "weir" })).toThrow(TypeError);
  expect(() => createWeirClient()).toThrow("needs a url");
});

test("the application's client has the types of its router and error codes", () => {
  expectTypeOf<application.WeirClientError["weirCode"]>().toEqualTypeOf<application.ErrorCode | null>();
  expectTypeOf<keyof application.AppRouter["_def"]["record"] & ("signIn" | "signOut" | "close")>().toBeNever();
  const weir: application.WeirClient = application.createWeirClient({ url: server.origin });
  expectTypeOf(weir.users.sessions.query).parameter(0).toEqualTypeOf<{ id: string }>();
  // @ts-expect-error -- unknown input
  expectTypeOf(weir.users.sessions.query).toBeCallableWith({ name: "a" });
  // @ts-expect-error -- a mutation is not a query
  expectTypeOf(weir.traces.pin.query).toBeFunction();
});
