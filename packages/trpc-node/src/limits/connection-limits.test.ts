import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { defaultConnectionLimits, limitConnections, refuseHeaderCount, serverOptions } from "./connection-limits";
import { admitOnConnection } from "./request-limits";
import { listen } from "../lifecycle";
import { refuse } from "../respond/refuse";

let server: Server;
afterEach(() => server.closeAllConnections());

async function serve(handler: Parameters<typeof createServer>[1], limits = defaultConnectionLimits): Promise<number> {
  server = createServer(serverOptions(limits), handler);
  limitConnections(server, limits);
  await listen(server, 0, "127.0.0.1");
  // A server that listens on a port has an address.
  return (server.address() as AddressInfo).port;
}

/** Everything the server sends in response to these bytes until it closes. */
function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

test("the response to oversized headers names the limit", async () => {
  const port = await serve((_req, res) => res.end());
  const answer = await say(port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${"a".repeat(20_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(answer).toContain("the limit of 16384 bytes");
});

test("headers that never end are cut off, and the response names the timeout", async () => {
  const limits = { ...defaultConnectionLimits, headersTimeoutMs: 50, requestTimeoutMs: 100 };
  const answer = await say(await serve((_req, res) => res.end(), limits), "GET / HTTP/1.1\r\nhost: a\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain("50 ms for its headers (LIMIT_HEADERS_MS) and 100 ms in total (LIMIT_REQUEST_MS)");
});

test("a body that never ends is cut off", async () => {
  const limits = { ...defaultConnectionLimits, headersTimeoutMs: 50, requestTimeoutMs: 100 };
  const port = await serve((req) => void req.resume(), limits);
  const answer = await say(port, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc");
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test("a client that stops reading its response is disconnected, a client that waits for one is not", async () => {
  const limits = { ...defaultConnectionLimits, stalledMs: 100 };
  const waiting: ServerResponse[] = [];
  const port = await serve((req, res) => {
    if (req.url === "/large") res.end(Buffer.alloc(64_000_000));
    else waiting.push(res);
  }, limits);
  const closed = new Promise((resolve) => {
    server.once("connection", (socket: Socket) => socket.once("close", resolve));
  });
  const stalled = connect(port, "127.0.0.1").pause();
  stalled.on("error", () => undefined);
  stalled.write("GET /large HTTP/1.1\r\nhost: a\r\n\r\n");
  await new Promise((resolve) => stalled.once("connect", resolve));
  const patient = say(port, "GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  await closed;
  // It has waited for longer than the other was allowed to stall.
  waiting[0]?.end("at last");
  expect(await patient).toContain("at last");
  stalled.destroy();
});

test("bytes that are not HTTP get a 400", async () => {
  expect(await say(await serve((_req, res) => res.end()), "hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
});

test("a client that keeps its half open after a refusal does not keep the connection", async () => {
  const port = await serve((_req, res) => res.end());
  const closed = new Promise<boolean>((resolve) => {
    server.once("connection", (socket: Socket) => socket.once("close", () => resolve(true)));
  });
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.write("hello\r\n\r\n");
  socket.resume();
  expect(await closed).toBe(true);
  socket.destroy();
});

test("CONNECT is refused", async () => {
  const answer = await say(await serve((_req, res) => res.end()), "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 405 /);
});

describe("headers that a check must not miss", () => {
  const { headerCount } = defaultConnectionLimits;
  const request = (fillers: number, last: string): string =>
    `GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${"a:\r\n".repeat(fillers)}${last}\r\n\r\n`;
  const answersOrigin: Parameters<typeof createServer>[1] = (req, res) => {
    const refusal = refuseHeaderCount(req, headerCount);
    if (refusal === null) res.end(`origin: ${req.headers.origin}`);
    else refuse(req, res, refusal);
  };

  test("are seen up to the limit, and refused beyond it", async () => {
    const port = await serve(answersOrigin);
    const origin = "origin: https://elsewhere.example";
    expect(await say(port, request(headerCount - 3, origin))).toContain(origin);
    // Behind Node's own limit of 1000 it would look absent.
    for (const fillers of [headerCount - 2, headerCount, 1_000, 2_000]) {
      expect(await say(port, request(fillers, origin)), String(fillers)).toMatch(
        /^HTTP\/1\.1 431 [\s\S]*LIMIT_HEADER_COUNT/,
      );
    }
  });

  test.each([
    ["host", "host: b", "a, b"],
    ["origin", "origin: https://a\r\norigin: https://b", "https://a, https://b"],
    ["content-type", "content-type: application/json\r\ncontent-type: text/plain", "application/json, text/plain"],
    ["authorization", "authorization: Bearer a\r\nauthorization: Bearer b", "Bearer a, Bearer b"],
    ["x-forwarded-for", "x-forwarded-for: 1.2.3.4\r\nx-forwarded-for: 5.6.7.8", "1.2.3.4, 5.6.7.8"],
    ["sec-fetch-site", "sec-fetch-site: same-origin\r\nsec-fetch-site: cross-site", "same-origin, cross-site"],
    ["content-encoding", "content-encoding: identity\r\ncontent-encoding: gzip", "identity, gzip"],
  ])("show every repetition of %s", async (name, lines, seen) => {
    const port = await serve((req, res) => res.end(String(req.headers[name])));
    expect((await say(port, request(0, lines))).split("\r\n\r\n").at(-1)).toContain(seen);
  });

  test("cannot repeat Content-Length", async () => {
    const port = await serve((_req, res) => res.end());
    const answer = await say(port, request(0, "content-length: 0\r\ncontent-length: 5"));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

test("requests over the limit of one connection are refused, and accepted again after a response", async () => {
  const waiting: (() => void)[] = [];
  const port = await serve((req, res) => {
    const refusal = admitOnConnection(req, res, 3);
    if (refusal === null) waiting.push(() => res.end("answered"));
    else {
      refuse(req, res, refusal);
      for (const answer of waiting) answer();
    }
  });
  const answers = await say(port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(4));
  expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(3);
  expect(answers.match(/HTTP\/1\.1 429 /g)).toHaveLength(1);
  expect(answers).toContain("At most 3 requests");
});
