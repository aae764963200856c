import { text as readText } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultLimits } from "../limits/request-limits";
import { createTrpcHandler } from "../trpc-handler";
import { type Case, json, postRaw, target, withHeaders, withMethod } from "./cases";
import { plain } from "./init";
import { openServer, type OpenServer } from "./open-server";
import { createTestContext } from "./pair";
import { exchangeBytes, parseAnswer, type RawAnswer, send } from "./raw-http";
import { buildRouter } from "./router";

let open: OpenServer;
let failures = 0;

beforeAll(async () => {
  const handler = createTrpcHandler({
    router: buildRouter(plain),
    createContext: createTestContext,
    onError: () => {
      failures += 1;
      throw new Error("the log is full");
    },
  });
  open = await openServer((req, res) => handler(req, res));
});
afterAll(() => open[Symbol.asyncDispose]());

const typed = (type: string): Case => postRaw("touch", "a=1", { headers: [["content-type", type]] });
const body = (bytes: number): string => `"${"a".repeat(bytes - 2)}"`;

const manyHeaders = (count: number): [string, string][] => [
  ["host", "localhost"],
  ...Array.from({ length: count }, (): [string, string] => ["a", ""]),
];

/** Every case that we reject and tRPC's adapter would try, with our status. */
const refusals: [status: number, ...Case][] = [
  [400, "a batch over its length", { target: target(`${"index,".repeat(20)}index`, undefined, "batch=1") }],
  [400, "a batch over its length, its commas encoded", { target: target(`${"index%2c".repeat(20)}index`) }],
  [414, "a URL over its length", { target: target("hello", "a".repeat(defaultLimits.urlLength)) }],
  [413, "a body that is announced as too long", postRaw("anything", body(defaultLimits.bodyBytes + 1))[1]],
  [413, "chunks that grow too long", postRaw("anything", body(defaultLimits.bodyBytes + 1), { chunked: true })[1]],
  [413, "a GET with a body that is too long", { target: target("hello"), body: body(defaultLimits.bodyBytes + 1) }],
  [415, ...typed("text/plain")],
  [415, ...typed("multipart/form-data; boundary=x")],
  [415, ...typed("application/x-www-form-urlencoded")],
  [415, ...typed("application/octet-stream")],
  [415, ...typed("application/jsonl")],
  [415, ...postRaw("touch", "{}", { headers: [] })],
  // tRPC's adapter ignores it, and parses the compressed bytes.
  [415, ...postRaw("touch", "{}", { headers: [json, ["content-encoding", "gzip"]] })],
  [415, ...postRaw("touch", "{}", { headers: [json, ["content-encoding", "br, identity"]] })],
  [431, "more headers than allowed", { target: target("hello"), headers: manyHeaders(defaultLimits.headerCount) }],
  [403, ...withHeaders("hello", ["origin", "https://elsewhere.example"])],
  [403, ...withHeaders("hello", ["origin", "null"])],
  [403, ...postRaw("touch", "{}", { headers: [json, ["origin", "https://elsewhere.example"]] })],
  [405, ...withMethod("TRACE", "hello")],
  [400, ...withHeaders("hello", ["host", "user@localhost"])],
  [400, "credentials in the target", { target: "http://user:word@localhost/api/trpc/hello" }],
];

const header = (answer: RawAnswer, name: string): string | undefined =>
  answer.headers.find(([known]) => known === name)?.[1];

test.each(refusals)("%i for %s", async (status, _name, request) => {
  failures = 0;
  const answer = await send(open.port, request);
  expect(answer.status).toBe(status);
  expect(header(answer, "content-type")).toBe("application/json");
  expect(header(answer, "connection")).toBe("close");
  // The envelope is tRPC's; another shape fails the expectation.
  const { error } = JSON.parse(answer.body.toString()) as { error: { message: string; data: { httpStatus: number } } };
  expect(error.data.httpStatus).toBe(status);
  expect(error.message.length).toBeGreaterThan(10);
  expect(failures).toBe(0);
});

test.each<[string, Case[1]]>([
  ["a batch of the allowed length", { target: target(Array(20).fill("index").join(","), undefined, "batch=1") }],
  ["a body of the allowed length", postRaw("anything", body(defaultLimits.bodyBytes))[1]],
  ["chunks of the allowed length", postRaw("anything", body(defaultLimits.bodyBytes), { chunked: true })[1]],
  ["a body that is not compressed", postRaw("touch", "{}", { headers: [json, ["content-encoding", "identity"]] })[1]],
  ["a page of this host", withHeaders("hello", ["origin", "http://localhost"])[1]],
])("200 for %s", async (_name, request) => {
  expect((await send(open.port, request)).status).toBe(200);
});

test("a client that sends more than the server reads still gets its response, and then the connection is closed", async () => {
  const chunk = Buffer.from(`8000\r\n${"a".repeat(0x8000)}\r\n`);
  const head = Buffer.from("POST /api/trpc/anything HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
  const chunks = Array.from({ length: 24 }, () => chunk);
  const bytes = Buffer.concat([
    head,
    Buffer.from("Transfer-Encoding: chunked\r\n\r\n"),
    ...chunks,
    Buffer.from("0\r\n\r\n"),
  ]);
  const answer = parseAnswer(await exchangeBytes(open.port, bytes));
  expect(answer.status).toBe(413);
  expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { data: { code: "PAYLOAD_TOO_LARGE" } } });
});

test("a body that another middleware has parsed is used", async () => {
  const handler = createTrpcHandler({ router: buildRouter(plain), createContext: createTestContext });
  await using parsing = await openServer((req, res) => {
    void readText(req).then((read) => handler(Object.assign(req, { body: JSON.parse(read) as unknown }), res));
  });
  const answer = await send(parsing.port, postRaw("anything", "[1]")[1]);
  expect([answer.status, answer.body.toString()]).toEqual([200, '{"result":{"data":{"input":[1]}}}']);
});

test("an onError that throws does not change the response", async () => {
  failures = 0;
  const answers = await Promise.all(
    ["codes.CONFLICT", "returns.bigint", "answersItself", "nothing", "hello,says?batch=1"].map((path) =>
      send(open.port, { target: target("") + path }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([409, 500, 299, 404, 207]);
  expect(failures).toBe(5);
});

test("every response has Server-Timing and no-cache, unless the procedure sets another Cache-Control", async () => {
  for (const path of ["hello", "codes.CONFLICT", "nothing", "hello,index?batch=1"]) {
    const answer = await send(open.port, { target: target("") + path });
    expect(header(answer, "server-timing"), path).toMatch(/^total;dur=[\d.]+$/);
    expect(header(answer, "cache-control"), path).toBe("no-cache");
  }
  expect(header(await send(open.port, { target: target("headers") }), "cache-control")).toBe("max-age=60");
});
