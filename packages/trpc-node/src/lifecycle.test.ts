import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { drain } from "./lifecycle";
import { listen } from "./lifecycle";

let server: Server;
afterEach(() => {
  server.closeAllConnections();
});

async function serve(handler: Parameters<typeof createServer>[1]) {
  server = createServer(handler);
  await listen(server, 0, "127.0.0.1");
  // A server that listens on a port has an address.
  return { port: (server.address() as AddressInfo).port };
}

function request(port: number, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", agent }, (res) => {
      res.resume().once("end", () => resolve(res));
    }).once("error", reject);
  });
}

/** Sends one request after another on a keep-alive connection until the server closes it; counts lost requests. */
async function keepAsking(port: number): Promise<{ answered: number; lost: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let answered = 0;
  try {
    for (;;) {
      // Sequential on purpose.
      const res = await request(port, agent);
      answered += 1;
      if (res.headers.connection === "close") return { answered, lost: 0 };
    }
  } catch {
    return { answered, lost: 1 };
  } finally {
    agent.destroy();
  }
}

test("clients with keep-alive connections lose no request while the server stops", async () => {
  const { port } = await serve((_req, res) => void setImmediate(() => res.end("answer")));
  const asking = Array.from({ length: 16 }, () => keepAsking(port));
  await new Promise<void>((resolve) => {
    let requests = 0;
    server.on("request", () => {
      requests += 1;
      if (requests === 200) resolve();
    });
  });
  await drain(server, { delayMs: 0, graceMs: 5_000 });
  const ended = await Promise.all(asking);
  expect(ended.reduce((sum, { lost }) => sum + lost, 0)).toBe(0);
  expect(ended.every(({ answered }) => answered > 0)).toBe(true);
});

test("a request in flight is answered before the server closes", async () => {
  let answer: () => void = () => undefined;
  const { port } = await serve((_req, res) => {
    answer = () => res.end("late");
  });
  const pending = request(port, new Agent());
  await new Promise((resolve) => server.once("request", resolve));
  const stopped = drain(server, { delayMs: 0, graceMs: 5_000 });
  answer();
  expect((await pending).statusCode).toBe(200);
  await stopped;
  expect(server.listening).toBe(false);
});

test("requests beyond the grace period are cut off", async () => {
  const { port } = await serve(() => undefined);
  const pending = request(port, new Agent());
  await new Promise((resolve) => server.once("request", resolve));
  await drain(server, { delayMs: 0, graceMs: 0 });
  await expect(pending).rejects.toThrow("socket hang up");
});

test("a connection that was upgraded does not hold the stop", async () => {
  const { port } = await serve(() => undefined);
  const upgraded = new Promise((resolve) => server.once("upgrade", resolve));
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  await upgraded;
  const gone = once(socket.resume(), "close");
  await drain(server, { delayMs: 0, graceMs: 0 });
  await gone;
  expect(server.listening).toBe(false);
});

test("during the delay new connections are accepted, with Connection: close", async () => {
  const { port } = await serve((_req, res) => void res.end("answer"));
  const stopped = drain(server, { delayMs: 300, graceMs: 5_000 });
  const res = await request(port, new Agent({ keepAlive: true }));
  expect(res.headers.connection).toBe("close");
  await stopped;
});
