import { type IncomingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";

/** The client's own address, unless a request says otherwise. Every address of 127.0.0.0/8 is this machine. */
const usualAddress = "127.0.0.1";

export type Ask = {
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string | string[]>>;
  body?: string | Uint8Array;
  /** The address that the client connects from. */
  from?: string;
  /** When to stop reading: streams do not end on their own. */
  withinMs?: number;
};

export type Reply = {
  /** 0 when the connection ended without a response. */
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** False when the response had not ended in time. */
  ended: boolean;
};

const maxReadBytes = 4_194_304;

/** Sends one request over its own connection. Never rejects. */
export function ask(port: number, given: Ask): Promise<Reply> {
  const { method = "GET", path, headers = {}, body, from = usualAddress, withinMs = 10_000 } = given;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let received: IncomingHttpHeaders = {};
    const finish = (ended: boolean): void => {
      clearTimeout(timer);
      sent.destroy();
      resolve({ status, headers: received, text: Buffer.concat(chunks).toString("utf8"), ended });
    };
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = request(
      { host: "127.0.0.1", port, method, path, localAddress: from, agent: false, headers: { ...length, ...headers } },
      (response) => {
        status = response.statusCode ?? 0;
        received = response.headers;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > maxReadBytes) finish(false);
        });
        response.on("end", () => finish(true));
        response.on("error", () => finish(true));
      },
    );
    const timer = setTimeout(() => finish(false), withinMs);
    sent.on("error", () => finish(true));
    sent.on("upgrade", (response, socket) => {
      status = response.statusCode ?? 0;
      socket.destroy();
      finish(true);
    });
    sent.end(body);
  });
}

/** Opens a connection, from another address of this machine if one is given. It never throws. */
export function openSocket(
  port: number,
  { from = usualAddress, allowHalfOpen = false }: { from?: string; allowHalfOpen?: boolean } = {},
): Socket {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from, allowHalfOpen });
  socket.on("error", () => undefined);
  return socket;
}

/** The own ports of sockets that have connected, as the server's table of connections names them. */
export const portsOf = (clients: readonly { socket: Socket }[]): Set<number> =>
  new Set(clients.flatMap(({ socket }) => socket.localPort ?? []));

export type RawReply = {
  /** Everything that came back. */
  text: string;
  /** The statuses of the responses, oldest first. */
  statuses: number[];
  /** False when the connection was still open in the end. */
  closed: boolean;
};

const statusLines = /HTTP\/1\.[01] (\d{3})/g;

/**
 * Sends bytes over a connection of their own and reads until the server closes it, or nothing has come for `quietMs`.
 * Never rejects.
 */
export function sendBytes(
  port: number,
  bytes: string | Uint8Array,
  { quietMs = 600, from = usualAddress }: { quietMs?: number; from?: string } = {},
): Promise<RawReply> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = openSocket(port, { from });
    let closed = false;
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ text, statuses: Array.from(text.matchAll(statusLines), ([, status]) => Number(status)), closed });
    };
    let timer = setTimeout(finish, quietMs * 3);
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(finish, quietMs);
    });
    socket.on("close", () => {
      closed = true;
      finish();
    });
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  });
}

/**
 * Sends many requests in pipelines of `depth` over `connections` sockets, as fast as they are answered. Resolves with the
 * number of responses by status. `head` returns the n-th request without its final empty line.
 */
export async function flood(
  port: number,
  {
    count,
    head,
    depth = 40,
    connections = 8,
  }: { count: number; head: (index: number) => string; depth?: number | undefined; connections?: number },
): Promise<Map<number, number>> {
  const byStatus = new Map<number, number>();
  const sent = { count: 0 };
  const work = async (): Promise<void> => {
    while (sent.count < count) {
      const socket = openSocket(port);
      const alive = await onePipeline(
        socket,
        () => {
          const heads: string[] = [];
          while (sent.count < count && heads.length < depth) heads.push(`${head((sent.count += 1))}\r\n\r\n`);
          return heads;
        },
        byStatus,
      );
      socket.destroy();
      if (!alive) byStatus.set(0, (byStatus.get(0) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  return byStatus;
}

const pipelineWithinMs = 60_000;

/** Sends piece after piece, each when the one before is answered. Resolves with false when the server closed the connection. */
function onePipeline(socket: Socket, nextPiece: () => string[], byStatus: Map<number, number>): Promise<boolean> {
  return new Promise((resolve) => {
    let open = 0;
    let rest = "";
    const finish = (alive: boolean): void => {
      clearTimeout(timer);
      resolve(alive);
    };
    const timer = setTimeout(() => finish(false), pipelineWithinMs);
    const send = (): void => {
      const heads = nextPiece();
      if (heads.length === 0) return finish(true);
      open = heads.length;
      timer.refresh();
      socket.write(heads.join(""));
    };
    socket.on("data", (chunk: Buffer) => {
      const text = rest + chunk.toString("latin1");
      let end = 0;
      for (const match of text.matchAll(statusLines)) {
        const status = Number(match[1]);
        byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
        open -= 1;
        end = match.index + match[0].length;
      }
      // A status line may be cut in two.
      rest = text.slice(Math.max(end, text.length - 12));
      if (open <= 0) send();
    });
    socket.on("close", () => finish(false));
    send();
  });
}
