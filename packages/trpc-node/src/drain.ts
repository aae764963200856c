import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Server as TcpServer } from "node:net";

export type DrainOptions = {
  /** How long to go on accepting, so that a balancer sees `/readyz` say draining before connections are refused. */
  delayMs: number;
  /** What still runs this long after that is cut off. */
  graceMs: number;
  /** Ends what would never end by itself; called after `delayMs`, when new clients are sent elsewhere. */
  endStreams?: () => void;
};

const quietMs = 250;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells the client to leave with this answer. */
function leaveAfter(_req: IncomingMessage, res: ServerResponse): void {
  res.shouldKeepAlive = false;
}

/**
 * Stops a server without losing a request that was accepted (rule H3).
 *
 * From now on each answer says `Connection: close`, and new connections are still accepted while `delayMs` lasts. Then
 * nothing more is accepted, and what is idle is closed only after a moment of quiet: a client that was busy has been told
 * to leave by then, while closing its connection at once might meet its next request on the way. Resolves when the last
 * connection is gone.
 */
export async function drain(server: Server, { delayMs, graceMs, endStreams }: DrainOptions): Promise<void> {
  if (!server.listening) return;
  // Before the server's own listener, which writes the head of the answer.
  server.prependListener("request", leaveAfter);
  await pause(delayMs);
  endStreams?.();
  // http's own close() ends idle connections at once; net's only stops listening.
  const closed = new Promise<void>((resolve) => TcpServer.prototype.close.call(server, () => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), quietMs);
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}
