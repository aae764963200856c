import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { defaultConnectionLimits, limitConnections, serverOptions } from "./connection-limits";
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

test("bytes that are not HTTP get a 400", async () => {
  expect(await say(await serve((_req, res) => res.end()), "hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
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
