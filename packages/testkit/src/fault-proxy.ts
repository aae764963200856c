import { connect, createServer, type Server, type Socket } from "node:net";
import { openPipe, type Pipe, type Weather } from "./fault-pipe";

/** `up`: from the clients to the server; `down`: its answers. */
export type Direction = "up" | "down";

/** A TCP proxy before a real server, to give one client a bad network. Faults add up until `heal`. */
export type FaultProxy = {
  readonly url: string;
  /** Nothing passes any more, and nobody notices. In one direction only, the link is half open. */
  freeze: (direction?: Direction) => void;
  /** Lets through what was held back, and all that comes. */
  thaw: () => void;
  /** Each byte arrives this much later, both ways. */
  delay: (ms: number) => void;
  /** No more than these bytes a second, both ways. */
  drip: (bytesPerSecond: number) => void;
  /** Breaks every connection and accepts no other. */
  cut: () => void;
  /** Breaks every connection with a RST; others are accepted. */
  reset: () => void;
  /** Breaks every connection; others lead to this server. */
  retarget: (url: string) => void;
  /** Ends every fault. */
  heal: () => void;
  [Symbol.asyncDispose]: () => Promise<void>;
};

const fair: Weather = { frozen: { up: false, down: false }, delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return address.port;
}

/** Opens a proxy before the server of this URL, on a free port of loopback. */
export async function openFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const pipes = new Set<Pipe>();
  let target = new URL(targetUrl);
  let weather = fair;
  let isCut = false;

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const forward = (from: Socket, to: Socket, direction: Direction): void => {
    const pipe = openPipe(from, to, direction, () => weather);
    pipes.add(pipe);
    from.on("close", () => {
      pipes.delete(pipe);
      pipe.close();
      to.destroy();
    });
  };
  const change = (next: Partial<Weather>): void => {
    weather = { ...weather, ...next };
    for (const pipe of pipes) pipe.pump();
  };
  const breakAll = (how: (socket: Socket) => void = (socket) => void socket.destroy()): void => {
    for (const socket of sockets) how(socket);
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) return void client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    keep(upstream);
    forward(client, upstream, "up");
    forward(upstream, client, "down");
  });
  const port = await listen(server);

  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: (direction) =>
      change({
        frozen: { up: direction !== "down" || weather.frozen.up, down: direction !== "up" || weather.frozen.down },
      }),
    thaw: () => change({ frozen: fair.frozen }),
    delay: (delayMs) => change({ delayMs }),
    drip: (bytesPerSecond) => change({ bytesPerSecond }),
    cut: () => {
      isCut = true;
      breakAll();
    },
    reset: () => breakAll((socket) => void socket.resetAndDestroy()),
    retarget: (url) => {
      target = new URL(url);
      breakAll();
    },
    heal: () => {
      isCut = false;
      change(fair);
    },
    [Symbol.asyncDispose]: async () => {
      breakAll();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
