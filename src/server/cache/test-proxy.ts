import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy before a real Redis, to freeze it or cut it off for one node. */
export type TestProxy = {
  readonly url: string;
  /** Nothing passes any more, and nobody notices. */
  freeze: () => void;
  /** Lets through what was held back, and all that comes. */
  thaw: () => void;
  /** Breaks every connection and accepts no other. */
  cut: () => void;
  /** Accepts connections again. */
  heal: () => void;
  [Symbol.asyncDispose]: () => Promise<void>;
};

export async function openTestProxy(redisUrl: string): Promise<TestProxy> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  let isFrozen = false;

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const forward = (from: Socket, to: Socket): void => {
    from.on("data", (chunk) => void to.write(chunk));
    from.on("close", () => to.destroy());
    if (isFrozen) from.pause();
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) return void client.destroy();
    const upstream = connect(Number(port), hostname);
    keep(upstream);
    forward(client, upstream);
    forward(upstream, client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");

  return {
    url: `redis://127.0.0.1:${address.port}`,
    freeze: () => {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    heal: () => {
      isCut = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
