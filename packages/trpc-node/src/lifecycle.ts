import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Server as TcpServer, type Socket } from "node:net";
import { timerMs } from "@weir/core/timers";

/** Thrown when the server cannot listen on the address; the message says how to fix it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

const reasons: Record<string, (port: number, host: string, variable: string) => string> = {
  EADDRINUSE: (port, _host, variable) =>
    `Port ${port} is already in use by another program. Set ${variable} to a free one, for example ${variable}=3100.`,
  EACCES: (port, _host, variable) =>
    `This user is not allowed to listen on port ${port}. Set ${variable} to one above 1023.`,
  EADDRNOTAVAIL: (_port, host) => `HOST ${host} is not an address of this machine.`,
  ENOTFOUND: (_port, host) => `HOST ${host} cannot be resolved.`,
};

/** Every open connection of a server, upgraded ones too, which `closeAllConnections` does not know. */
const connections = new WeakMap<Server, Set<Socket>>();

/** The open connections of a server, from now on. */
export function trackConnections(server: Server): ReadonlySet<Socket> {
  const known = connections.get(server);
  if (known !== undefined) return known;
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return open;
}

/**
 * Resolves once the server accepts connections; port 0 picks a free one. Rejects with a ListenError, which names the
 * environment variable that sets the port.
 */
export function listen(server: Server, port: number, host: string, variable = "PORT"): Promise<void> {
  trackConnections(server);
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const reason =
        reasons[error.code ?? ""]?.(port, host, variable) ?? `Cannot listen on ${host}:${port}: ${error.message}`;
      reject(new ListenError(reason, { cause: error }));
    };
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

export type DrainOptions = {
  /** How long to keep accepting, so that a balancer sees `/readyz` report draining before connections are refused. */
  delayMs: number;
  /** How long requests may take after that before they are cut off. */
  graceMs: number;
  /** Ends streams, which never end on their own; called after `delayMs`, when new clients go elsewhere. */
  endStreams?: () => void;
};

const quietMs = 250;

/**
 * Stops a server without losing a request that it accepted (rule H3).
 *
 * From now on each response says `Connection: close`, and the server accepts new connections until `delayMs` has
 * passed. Then it stops accepting. Idle connections are closed only after a moment of quiet: by then a busy client has
 * received `Connection: close`, while closing its connection at once could hit its next request in flight. Resolves
 * when the last connection is gone. For a server that `listen` started, that is after `delayMs` and `graceMs` at the latest:
 * then every connection is closed, whatever became of it.
 */
export async function drain(server: Server, { delayMs, graceMs, endStreams }: DrainOptions): Promise<void> {
  if (!server.listening) return;
  // Before the server's own listener, which writes the head of the response.
  server.prependListener("request", closeAfterResponse);
  await pause(delayMs);
  endStreams?.();
  // http's own close() ends idle connections at once; net's only stops listening.
  const closed = new Promise<void>((resolve) => TcpServer.prototype.close.call(server, () => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), quietMs);
  const cutOff = setTimeout(() => closeAll(server), timerMs(graceMs));
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}

function closeAll(server: Server): void {
  server.closeAllConnections();
  for (const socket of connections.get(server) ?? []) socket.destroy();
}

function closeAfterResponse(_req: IncomingMessage, res: ServerResponse): void {
  res.shouldKeepAlive = false;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, timerMs(ms)));
