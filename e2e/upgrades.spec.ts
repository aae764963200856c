import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTemporaryServices, type TemporaryServices } from "@weir/embedded";
import { freePort, waitUntil } from "@weir/embedded/processes";
import { countConnections } from "../bench/process/connections";
import { environmentWith } from "../src/dev/bootstrap/environment.js";
import { type Running, startProgram } from "./fixtures/outside-project";
import { expect, test } from "./fixtures/test";

// Next takes over the upgrades of the server that it is given, but only once it has rendered a page.
test.describe.configure({ mode: "serial", timeout: 120_000 });

let folder: string;
let services: TemporaryServices;
let server: Running;
let port: number;
const origin = (): string => `http://127.0.0.1:${port}`;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-upgrades-"));
  [services, port] = await Promise.all([startTemporaryServices(), freePort()]);
  const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, queueRedisUrl: QUEUE_REDIS_URL } = services;
  server = startProgram(
    ["--enable-source-maps", "dist/main.js", "--role", "dashboard"],
    process.cwd(),
    environmentWith({
      NODE_ENV: "production",
      DATABASE_URL,
      REDIS_URL,
      QUEUE_REDIS_URL,
      PORT: String(port),
      DATA_DIR: folder,
      PUBLIC_ORIGIN: "",
      AUTH_SECRET: "a secret of the tests with 32 characters",
    }),
  );
  const isReady = () =>
    fetch(`${origin()}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(async () => server.child.exitCode !== null || (await isReady()), 60_000, 100);
  expect(server.child.exitCode, server.output()).toBeNull();
  expect((await fetch(`${origin()}/admin`)).status).toBe(401);
});
test.afterAll(async () => {
  await server?.stop();
  await services?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const webSocket =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n";
const http2 = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
const expected: Readonly<Record<string, number>> = {
  "/healthz": 200,
  "/readyz": 200,
  "/": 307,
  "/sign-in": 200,
  "/admin": 401,
  "/no-such-page": 404,
  "/_next/hmr": 404,
  "/api/trpc/account.me": 200,
  "/api/trpc/no.such": 404,
  "/api/auth/no-such": 404,
};

/** What the server sends until it closes the connection, to a client that keeps its own half open. */
function send(bytes: string): Promise<{ socket: Socket; text: string; clientPort: number }> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let text = "";
    let clientPort = 0;
    const done = (): void => resolve({ socket, text, clientPort });
    socket.on("connect", () => (clientPort = socket.localPort ?? 0));
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("end", done);
    socket.on("error", done);
    socket.write(bytes);
  });
}

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);

const request = (path: string, upgrade: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade}\r\n`;

for (const [path, status] of Object.entries(expected)) {
  test(`a request for an upgrade of ${path} is answered as any other, and closed`, async () => {
    for (const upgrade of [webSocket, http2]) {
      // The second request waits behind the first, as a client's does that does not wait for the response.
      const { socket, text } = await send(request(path, upgrade) + request("/healthz", ""));
      socket.destroy();
      expect(statusOf(text)).toBe(status);
      expect(text).toMatch(/^connection: close\r$/im);
    }
  });
}

test("hundreds of upgrade requests leave no connection, and the process stops", async () => {
  test.skip(process.platform !== "linux", "reads /proc");
  const paths = Object.keys(expected);
  const asked = Array.from({ length: 400 }, (_, index) =>
    send(request(paths[index % paths.length] ?? "/", index % 3 === 0 ? http2 : webSocket)),
  );
  const answers = await Promise.all(asked);
  expect(answers.map(({ text }) => statusOf(text)).filter((status) => !(status >= 200))).toEqual([]);
  const clients = new Set(answers.map(({ clientPort }) => clientPort));
  await expect.poll(() => countConnections(port, clients)).toBe(0);
  // The clients are all still there.
  const ended = new Promise((resolve) => server.child.once("exit", resolve));
  server.child.kill("SIGTERM");
  expect(await ended).toBe(0);
  for (const { socket } of answers) socket.destroy();
});
