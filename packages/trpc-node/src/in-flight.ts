import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Refusal } from "./limits";

const counts = new WeakMap<Socket, number>();

function release(this: ServerResponse): void {
  const { socket } = this.req;
  counts.set(socket, (counts.get(socket) ?? 1) - 1);
}

/**
 * Counts a request of its connection until it is answered or the client has left. A client may send many requests on one
 * connection without waiting, and Node begins them all at once. Returns what to refuse it with when `most` are under way.
 */
export function admitOnConnection(req: IncomingMessage, res: ServerResponse, most: number): Refusal | null {
  const { socket } = req;
  const count = counts.get(socket) ?? 0;
  if (count >= most) {
    const message = `At most ${most} requests may be under way on one connection (LIMIT_IN_FLIGHT). Wait for answers, or open another.`;
    return { status: 429, code: "TOO_MANY_REQUESTS", message };
  }
  counts.set(socket, count + 1);
  res.once("close", release);
  return null;
}
