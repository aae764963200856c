import type { Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEnv } from "@/env.js";
import { configuredLimits, defaultConnections } from "./configured-limits";
import { plain } from "../../../packages/trpc-node/src/conformance/init";
import { createTestContext } from "../../../packages/trpc-node/src/conformance/pair";
import { createTrpcHandler, listen } from "@weir/trpc-node";
import { createHttpServer } from "./server";

const source = {
  LIMIT_URL_LENGTH: "600",
  LIMIT_BODY_BYTES: "2000",
  LIMIT_BATCH_LENGTH: "3",
  LIMIT_IN_FLIGHT: "2",
  LIMIT_HEADER_COUNT: "25",
  LIMIT_HEADER_BYTES: "5000",
  LIMIT_HEADERS_MS: "2500",
  LIMIT_REQUEST_MS: "3500",
  LIMIT_KEEP_ALIVE_MS: "1000",
  LIMIT_CALL_MS: "300",
  LIMIT_STALLED_STREAM_MS: "4000",
};

let server: Server;
let port: number;
let answerSlow: (() => void)[] = [];

beforeEach(async () => {
  const read = readEnv(source);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const limits = configuredLimits(read.env);
  const router = plain.router({
    hello: plain.procedure.query(() => "hello"),
    put: plain.procedure.mutation(() => "put"),
    given: plain.procedure.query(() => limits.request),
    slow: plain.procedure.query(() => new Promise<string>((resolve) => answerSlow.push(() => resolve("slow")))),
  });
  const trpc = createTrpcHandler({ router, createContext: createTestContext, limits: limits.request });
  server = createHttpServer({
    doors: { trpc, auth: null, pages: null, readSession: null, metrics: null },
    readiness: { state: "ready" },
    metricsToken: undefined,
    nextRequestId: () => "id",
    limits: limits.connection,
  });
  await listen(server, 0, "127.0.0.1");
  // A server that listens on a port has an address.
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  answerSlow = [];
  server.closeAllConnections();
});

/** Everything the server sends in response to these bytes until it closes. */
function say(bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}
const get = (target: string, headers = ""): string => `GET /api/trpc/${target} HTTP/1.1\r\nhost: a\r\n${headers}\r\n`;
const post = (body: string): string =>
  `POST /api/trpc/put HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${body}`;

test.each([
  ["the length of a URL", get(`hello?input=${"a".repeat(600)}`), 414, "LIMIT_URL_LENGTH", "600"],
  ["an announced body", post(`content-length: 2001\r\n\r\n${"a".repeat(2_001)}`), 413, "LIMIT_BODY_BYTES", "2000"],
  [
    "a body in chunks",
    post(`transfer-encoding: chunked\r\n\r\n7d1\r\n${"a".repeat(2_001)}\r\n0\r\n\r\n`),
    413,
    "LIMIT_BODY_BYTES",
    "2000",
  ],
  ["calls in a batch", get("hello,hello,hello,hello?batch=1"), 400, "LIMIT_BATCH_LENGTH", "3"],
  ["headers", get("hello", `x: ${"a".repeat(5_000)}\r\n`), 431, "LIMIT_HEADER_BYTES", "5000"],
  ["the number of headers", get("hello", "a:\r\n".repeat(25)), 431, "LIMIT_HEADER_COUNT", "25"],
  ["slow headers", "GET /api/trpc/hello HTTP/1.1\r\nhost: a\r\n", 408, "LIMIT_HEADERS_MS", "2500"],
  ["a slow body", post("content-length: 10\r\n\r\nabc"), 408, "LIMIT_REQUEST_MS", "3500"],
])(
  "the limit of %s is the configured one, and the response names it",
  async (_name, bytes, status, variable, allowed) => {
    const answer = await say(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`(${variable})`);
    expect(answer).toMatch(new RegExp(`\\b${allowed}\\b`));
  },
  30_000,
);

test("one connection may have the configured number of requests in flight, whose calls run in turn", async () => {
  const answered = say(get("slow").repeat(3));
  for (const turn of [1, 2]) {
    await expect.poll(() => answerSlow.length).toBe(turn);
    answerSlow.at(-1)?.();
  }
  const answers = await answered;
  expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  expect(answers).toMatch(/HTTP\/1\.1 429 [\s\S]*At most 2 requests[^"]*\(LIMIT_IN_FLIGHT\)/);
});

test("calls and streams may take as long as configured", async () => {
  const response = await fetch(`http://127.0.0.1:${port}/api/trpc/given`);
  expect(await response.json()).toMatchObject({ result: { data: { deadlineMs: 300, stalledStreamMs: 4_000 } } });
});

test("an idle connection stays open as long as configured", async () => {
  const socket = connect(port, "127.0.0.1");
  socket.write(get("hello"));
  // Resolves when the server closes the connection.
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toMatch(/keep-alive: timeout=1\b/i);
});

test("a quarter of the descriptors is left for everything that is not a connection", () => {
  expect([400, 1_024, 1_048_576, null].map(defaultConnections)).toEqual([300, 768, 10_000, 10_000]);
});
