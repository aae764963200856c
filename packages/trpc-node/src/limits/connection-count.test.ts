import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { drain, listen } from "../lifecycle";
import { defaultConnectionLimits, limitConnections, serverOptions } from "./connection-limits";

const limits = { ...defaultConnectionLimits, connections: 3 };

let server: Server;
let port: number;
let dropped: number;
let sockets: Socket[];
beforeEach(async () => {
  dropped = 0;
  sockets = [];
  server = createServer(serverOptions(limits), (_req, res) => res.end("here"));
  limitConnections(server, limits, () => {
    dropped += 1;
  });
  await listen(server, 0, "127.0.0.1");
  // A server that listens on a port has an address.
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await drain(server, { delayMs: 0, graceMs: 0 });
});

async function open(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

/** The status of a request on the connection; null when the server closes it instead. */
async function ask(socket: Socket): Promise<string | null> {
  const ended = once(socket, "close").then(() => null);
  socket.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  const answered = once(socket, "data").then(([bytes]) => String(bytes).slice(9, 12));
  return Promise.race([answered, ended]);
}

test("a connection beyond the limit is closed and counted, and those before it go on", async () => {
  const [first, ...others] = await Promise.all([open(), open(), open()]);
  // In the middle of a request, so that none of them is idle.
  for (const socket of [first, ...others]) socket?.write("GET / HTTP/1.1\r\n");
  await expect.poll(() => connections()).toBe(3);
  const late = await open();
  expect(await ask(late)).toBeNull();
  expect(dropped).toBe(1);
  others[0]?.destroy();
  await expect.poll(() => connections()).toBe(2);
  expect(await ask(await open())).toBe("200");
  first?.write("Host: here\r\n\r\n");
  const [bytes] = await once(first ?? late, "data");
  expect(String(bytes)).toContain("200 OK");
});

test("idle connections make room for the next one", async () => {
  for (const socket of [await open(), await open(), await open()]) expect(await ask(socket)).toBe("200");
  expect(await ask(await open())).toBeNull();
  await expect.poll(() => connections()).toBe(0);
  expect(await ask(await open())).toBe("200");
  expect(dropped).toBe(1);
});

const connections = (): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
