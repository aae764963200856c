import type { IncomingMessage, ServerResponse } from "node:http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";

/** Why a request is refused before a procedure runs. */
export type Refusal = { status: number; code: string; message: string; headers?: Record<string, string> };

/**
 * Sends a refusal in tRPC's error envelope, so that typed clients read it like any other error, and closes the connection.
 * A body that is on its way is discarded first: the response follows its end, after a second or a megabyte at the latest.
 * `transformer` is the router's, for its output; without one, the error is sent as plain JSON.
 */
export function refuse(
  req: IncomingMessage,
  res: ServerResponse,
  { status, code, message, headers }: Refusal,
  transformer?: { serialize: (error: unknown) => unknown },
): void {
  countRefusal(status);
  const number = isRpcCode(code) ? TRPC_ERROR_CODES_BY_KEY[code] : TRPC_ERROR_CODES_BY_KEY.BAD_REQUEST;
  const data = { code, httpStatus: status, weirCode: null, problems: [] };
  const shape = { message, code: number, data };
  const body = JSON.stringify({ error: transformer === undefined ? shape : transformer.serialize(shape) });
  const send = (): void => {
    if (res.destroyed) return;
    // In one piece: a response that is ended later than written can crash Node when requests are pipelined.
    res.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      connection: "close",
      // By default, caches may store some of these statuses.
      "cache-control": "no-store",
      ...headers,
    });
    res.end(body);
  };
  if (mayHaveBody(req)) afterBody(req, send);
  else send();
}

const refusals = new Map<number, number>();

/** How many requests this process has refused before a procedure ran, by status, malformed ones included. */
export function refusedRequests(): ReadonlyMap<number, number> {
  return refusals;
}

export function countRefusal(status: number): void {
  refusals.set(status, (refusals.get(status) ?? 0) + 1);
}

const isRpcCode = (code: string): code is keyof typeof TRPC_ERROR_CODES_BY_KEY =>
  Object.hasOwn(TRPC_ERROR_CODES_BY_KEY, code);

const mayHaveBody = ({ headers, readableEnded, destroyed }: IncomingMessage): boolean =>
  (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined) &&
  !readableEnded &&
  !destroyed;

const maxDiscardMs = 1_000;
const maxDiscardBytes = 1_048_576;

/**
 * Reads the rest of the body and discards it, within limits. A socket that is closed with unread bytes is reset, and a
 * client that is still sending would see the reset instead of the response (RFC 9112, section 9.6).
 */
function afterBody(req: IncomingMessage, next: () => void): void {
  let left = maxDiscardBytes;
  const stop = (): void => {
    clearTimeout(timer);
    req.off("data", onData).off("end", stop).off("close", stop);
    next();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) stop();
  };
  const timer = setTimeout(stop, maxDiscardMs);
  req.on("error", () => undefined);
  req.on("end", stop).on("close", stop).on("data", onData);
}
