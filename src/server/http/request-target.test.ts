import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drain, listen } from "@weir/trpc-node";
import { createHttpServer } from "./server";

let server: Server;
beforeAll(async () => {
  server = createHttpServer({
    doors: {
      trpc: (req, res) => res.end(`call ${req.url} of ${req.headers.host}`),
      auth: (req, res) => res.end(`auth ${req.url}`),
      pages: async (req, res) => void res.end(`page ${req.url} of ${req.headers.host}`),
      readSession: async () => null,
      metrics: null,
    },
    readiness: { state: "ready" },
    metricsToken: undefined,
    nextRequestId: () => "id",
  });
  await listen(server, 0, "127.0.0.1");
});
afterAll(() => drain(server, { delayMs: 0, graceMs: 1_000 }));

/** Status and last line of the response to one request. */
async function ask(line: string, headers = "host: a.example"): Promise<[number, string]> {
  // A server that listens on a port has an address.
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`${line} HTTP/1.1\r\n${headers}\r\nconnection: close\r\n\r\n`);
  const answer = await text(socket);
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  return [
    Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]),
    body.split("\r\n").find((part) => /[a-z]{2}/.test(part)) ?? "",
  ];
}

test.each([
  ["GET http://b.example/api/trpc/note.byId?input=1", "call /api/trpc/note.byId?input=1 of b.example"],
  ["GET HTTPS://b.example:8443/api/trpc/x", "call /api/trpc/x of b.example:8443"],
  ["POST http://b.example/api/auth/sign-out", "auth /api/auth/sign-out"],
  ["GET http://b.example", "page / of b.example"],
  ["GET http://b.example?x=1", "page /?x=1 of b.example"],
  ["GET http://[::1]:3000/", "page / of [::1]:3000"],
  ["GET /", "page / of a.example"],
])("%s is answered as the path it names, on the host it names", async (line, body) => {
  expect(await ask(line)).toEqual([200, body]);
});

test.each(["/healthz", "/healthz?", "/healthz?probe=1", "http://b.example/healthz", "/readyz?verbose"])(
  "%s is the state of the process",
  async (target) => {
    expect((await ask(`GET ${target}`))[0]).toBe(200);
    expect((await ask(`GET ${target}`))[1]).not.toContain("page");
  },
);

test("a path that only begins like a health check is a page", async () => {
  expect(await ask("GET /healthzz")).toEqual([200, "page /healthzz of a.example"]);
});

test("an absolute target gets past no guard", async () => {
  expect((await ask("GET http://b.example/admin/users"))[0]).toBe(401);
  expect((await ask("GET http://b.example/metrics"))[0]).toBe(403);
});

test("OPTIONS * names the methods", async () => {
  expect(await ask("OPTIONS *")).toEqual([204, ""]);
});

test.each([
  ["GET *", 400],
  ["GET ftp://b.example/x", 400],
  ["GET http://user:word@b.example/", 400],
  ["GET http://user:word@b.example/api/trpc/x", 400],
  ["CONNECT b.example:443", 405],
  ["TRACE /", 405],
  ["PROPFIND /", 405],
  ["POST /", 405],
  ["POST /sign-in", 405],
  ["OPTIONS /", 405],
  ["PUT /nowhere", 405],
  ["POST http://b.example/", 405],
])("%s is %i", async (line, status) => {
  expect((await ask(line))[0]).toBe(status);
});

test.each(["host: a.example\r\nhost: b.example", "host: a.example/path", "host: user@a.example", "host: a b"])(
  "a page needs a usable host: %j",
  async (headers) => {
    expect((await ask("GET /", headers))[0]).toBe(400);
  },
);

test("every door refuses more headers than the limit, and a compressed body", async () => {
  const many = `host: a.example\r\n${"a:\r\n".repeat(1_500)}x: y`;
  for (const target of ["/healthz", "/readyz", "/", "/metrics", "/admin", "/api/auth/sign-out", "http://b.example/"]) {
    expect((await ask(`GET ${target}`, many))[0], target).toBe(431);
  }
  const compressed = "host: a.example\r\ncontent-encoding: gzip\r\ncontent-length: 0";
  for (const target of ["/", "/api/auth/sign-out", "http://b.example/"]) {
    expect((await ask(`POST ${target}`, compressed))[0], target).toBe(415);
  }
});

test("a request for an upgrade is answered, and its connection closed", async () => {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
  socket.write("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/i);
  socket.destroy();
});
