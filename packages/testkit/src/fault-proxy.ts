import { connect, createServer, type Server, type Socket } from "node:net";

/** `up`: from the clients to the server; `down`: from the server to the clients. */
export type Direction = "up" | "down";

/** A TCP proxy in front of a real server, which gives its clients a bad network. Faults accumulate until `heal`. */
export type FaultProxy = {
  /** The URL of the server, with the address of the proxy. */
  readonly url: string;
  /** Forwards nothing, without closing a connection. In one direction only, the connection is half open. */
  freeze: (direction?: Direction) => void;
  /** Ends `freeze`: forwards what was held back, and everything after it. */
  thaw: () => void;
  /** Delays each byte, in both directions. */
  delay: (ms: number) => void;
  /** Limits the bytes per second, in both directions. */
  drip: (bytesPerSecond: number) => void;
  /** Closes every connection and accepts no new one. */
  cut: () => void;
  /** Resets every connection (RST); accepts new ones. */
  reset: () => void;
  /** Closes every connection; new ones lead to this server. */
  retarget: (url: string) => void;
  /** Ends every fault. */
  heal: () => void;
  [Symbol.asyncDispose]: () => Promise<void>;
};

const noFaults: Faults = { frozen: { up: false, down: false }, delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

/** Opens a proxy in front of the server with this URL, on a free port of 127.0.0.1. */
export async function openFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const pipes = new Set<Pipe>();
  let target = new URL(targetUrl);
  let faults = noFaults;
  let isCut = false;

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const forward = (from: Socket, to: Socket, direction: Direction): void => {
    const pipe = openPipe(from, to, direction, () => faults);
    pipes.add(pipe);
    from.on("close", () => {
      pipes.delete(pipe);
      pipe.close();
      to.destroy();
    });
  };
  const change = (next: Partial<Faults>): void => {
    faults = { ...faults, ...next };
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
  const proxyUrl = new URL(targetUrl);
  proxyUrl.host = `127.0.0.1:${await listen(server)}`;

  return {
    url: proxyUrl.href,
    freeze: (direction) =>
      change({
        frozen: { up: direction !== "down" || faults.frozen.up, down: direction !== "up" || faults.frozen.down },
      }),
    thaw: () => change({ frozen: noFaults.frozen }),
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
      change(noFaults);
    },
    [Symbol.asyncDispose]: async () => {
      breakAll();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy got no port.");
  return address.port;
}

/** The faults that are in effect. */
type Faults = {
  readonly frozen: { readonly up: boolean; readonly down: boolean };
  readonly delayMs: number;
  readonly bytesPerSecond: number;
};

/** One direction of a connection. */
type Pipe = {
  /** Applies the current faults to the bytes in flight; call it when the faults change. */
  pump: () => void;
  close: () => void;
};

type Chunk = { readonly bytes: Buffer; readonly arrivedAtMs: number };

/** Beyond this the sender has to wait, as with a network whose buffers are full. */
const maxHeldBytes = 1024 * 1024;
const dripIntervalMs = 20;

/** Forwards what `from` sends to `to`, in order, with the current faults. */
function openPipe(from: Socket, to: Socket, direction: "up" | "down", faults: () => Faults): Pipe {
  const chunks: Chunk[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const pumpLater = (ms: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      pump();
    }, ms);
  };
  const send = (chunk: Chunk, size: number): void => {
    chunks.shift();
    if (size < chunk.bytes.length) chunks.unshift({ ...chunk, bytes: chunk.bytes.subarray(size) });
    heldBytes -= Math.min(size, chunk.bytes.length);
    to.write(chunk.bytes.subarray(0, size));
  };
  function pump(): void {
    const { frozen } = faults();
    if (!frozen[direction]) deliver();
    // While frozen, data and the end of the stream stay in the sender's buffers.
    if (frozen[direction] || heldBytes > maxHeldBytes) from.pause();
    else from.resume();
  }
  function deliver(): void {
    const { delayMs, bytesPerSecond } = faults();
    for (let chunk = chunks[0]; chunk !== undefined; chunk = chunks[0]) {
      const waitMs = chunk.arrivedAtMs + delayMs - performance.now();
      if (waitMs > 0) return pumpLater(waitMs);
      if (bytesPerSecond === Number.POSITIVE_INFINITY) {
        send(chunk, chunk.bytes.length);
        continue;
      }
      send(chunk, Math.max(1, Math.floor((bytesPerSecond * dripIntervalMs) / 1000)));
      return pumpLater(dripIntervalMs);
    }
  }

  from.on("data", (bytes: Buffer) => {
    chunks.push({ bytes, arrivedAtMs: performance.now() });
    heldBytes += bytes.length;
    // A scheduled delivery is waiting for its time.
    if (timer === undefined) pump();
  });
  pump();
  return { pump, close: () => clearTimeout(timer) };
}
