import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { drain, listen } from "@weir/trpc-node";
import { upgradeHotReloading } from "./next-pages";

let server: Server;
afterEach(() => drain(server, { delayMs: 0, graceMs: 0 }));

async function open(answers: boolean) {
  server = createServer((_req, res) => res.end("a page"));
  const next = createServer();
  if (answers) next.on("upgrade", (_req, socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  const endUpgraded = upgradeHotReloading(server, next);
  await listen(server, 0, "127.0.0.1");
  const ask = (path: string) => {
    // A server that listens on a port has an address.
    const socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    return socket;
  };
  return { ask, endUpgraded };
}

test("in development, Next's hot reloading is upgraded until the server stops", async () => {
  const { ask, endUpgraded } = await open(true);
  const socket = ask("/_next/hmr?id=1");
  socket.once("data", endUpgraded);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 101 /);
});

test.each(["/", "/healthz", "/api/trpc/note.byId", "/_next/hmrx", "/_next/static/hmr"])(
  "and %s is not",
  async (path) => {
    const { ask } = await open(true);
    expect(await text(ask(path))).toMatch(/^HTTP\/1\.1 400 /);
  },
);

test("nor is it before Next listens", async () => {
  const { ask } = await open(false);
  expect(await text(ask("/_next/hmr"))).toMatch(/^HTTP\/1\.1 400 /);
});
