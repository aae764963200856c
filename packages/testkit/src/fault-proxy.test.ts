import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaultProxy, openFaultProxy } from "./fault-proxy";

/** A server that sends back what it receives, after its name. */
function openEcho(name: string) {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => void socket.write(Buffer.concat([Buffer.from(name), bytes])));
  });
  return new Promise<{ url: string; close: () => void }>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve({ url: `redis://127.0.0.1:${port}`, close: () => void server.close() });
    });
  });
}

let echo: Awaited<ReturnType<typeof openEcho>>;
beforeAll(async () => {
  echo = await openEcho("");
});
afterAll(() => echo.close());

async function connectTo(proxy: FaultProxy) {
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes.toString();
  });
  await once(socket, "connect");
  return { socket, heard: () => heard };
}
const expectToHear = async (client: { socket: Socket; heard: () => string }, text: string): Promise<void> => {
  while (client.heard() !== text) await once(client.socket, "data");
};
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
};

test("frozen bytes arrive after the thaw, in order", async () => {
  await using proxy = await openFaultProxy(echo.url);
  const client = await connectTo(proxy);
  client.socket.write("a");
  await expectToHear(client, "a");
  proxy.freeze();
  client.socket.write("b");
  client.socket.write("c");
  await turns(10);
  expect(client.heard()).toBe("a");
  proxy.thaw();
  await expectToHear(client, "abc");
  client.socket.destroy();
});

test("a half-open connection takes what is sent and returns no response", async () => {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      received.push(bytes.toString());
      socket.write("answer");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await using proxy = await openFaultProxy(`redis://127.0.0.1:${port}`);
  const client = await connectTo(proxy);
  proxy.freeze("down");
  client.socket.write("question");
  while (received.length === 0) await turns(1);
  await turns(5);
  expect(client.heard()).toBe("");
  proxy.heal();
  await expectToHear(client, "answer");
  client.socket.destroy();
  server.close();
});

test("delayed bytes take at least that long, in each direction", async () => {
  await using proxy = await openFaultProxy(echo.url);
  const client = await connectTo(proxy);
  proxy.delay(40);
  const startedAt = performance.now();
  client.socket.write("late");
  await expectToHear(client, "late");
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(79);
  client.socket.destroy();
});

test("a drip forwards no more than its bytes per second", async () => {
  await using proxy = await openFaultProxy(echo.url);
  const client = await connectTo(proxy);
  proxy.drip(1000);
  const startedAt = performance.now();
  client.socket.write("x".repeat(200));
  await expectToHear(client, "x".repeat(200));
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(150);
  client.socket.destroy();
});

test("a cut ends every connection and accepts none until it is healed", async () => {
  await using proxy = await openFaultProxy(echo.url);
  const client = await connectTo(proxy);
  proxy.cut();
  await once(client.socket, "close");
  const refused = await connectTo(proxy);
  await once(refused.socket, "close");
  proxy.heal();
  const other = await connectTo(proxy);
  other.socket.write("a");
  await expectToHear(other, "a");
  other.socket.destroy();
});

test("a reset arrives as one, and new connections are accepted", async () => {
  await using proxy = await openFaultProxy(echo.url);
  const client = await connectTo(proxy);
  client.socket.write("a");
  await expectToHear(client, "a");
  const failed = once(client.socket, "error");
  proxy.reset();
  expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  const other = await connectTo(proxy);
  other.socket.write("b");
  await expectToHear(other, "b");
  other.socket.destroy();
});

test("after a change of target new connections lead to the other server", async () => {
  const elsewhere = await openEcho("2:");
  await using proxy = await openFaultProxy(echo.url);
  const client = await connectTo(proxy);
  proxy.retarget(elsewhere.url);
  await once(client.socket, "close");
  const other = await connectTo(proxy);
  other.socket.write("a");
  await expectToHear(other, "2:a");
  other.socket.destroy();
  elsewhere.close();
});
