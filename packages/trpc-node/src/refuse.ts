import type { IncomingMessage, ServerResponse } from "node:http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { Refusal } from "./limits";

const isRpcCode = (code: string): code is keyof typeof TRPC_ERROR_CODES_BY_KEY =>
  Object.hasOwn(TRPC_ERROR_CODES_BY_KEY, code);

const longestMs = 1_000;
const mostBytes = 1_048_576;

const mayHaveBody = ({ headers, readableEnded, destroyed }: IncomingMessage): boolean =>
  (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined) &&
  !readableEnded &&
  !destroyed;

/**
 * Reads what is left of the body and drops it, for a while. A socket closed with unread bytes is reset, and a client that
 * is still sending would see the reset instead of the answer (RFC 9112, section 9.6).
 */
function afterBody(req: IncomingMessage, next: () => void): void {
  let left = mostBytes;
  const stop = (): void => {
    clearTimeout(timer);
    req.off("data", onData).off("end", stop).off("close", stop);
    next();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) stop();
  };
  const timer = setTimeout(stop, longestMs);
  req.on("error", () => undefined);
  req.on("end", stop).on("close", stop).on("data", onData);
}

/**
 * Answers in tRPC's error envelope, so that typed clients read a refusal like any other error, and closes the connection.
 * A body on its way is dropped first: the answer follows its end, at the latest after a second or a megabyte.
 */
export function refuse(req: IncomingMessage, res: ServerResponse, { status, code, message, headers }: Refusal): void {
  const number = isRpcCode(code) ? TRPC_ERROR_CODES_BY_KEY[code] : TRPC_ERROR_CODES_BY_KEY.BAD_REQUEST;
  const data = { code, httpStatus: status, weirCode: null, problems: [] };
  const body = JSON.stringify({ error: { message, code: number, data } });
  const answer = (): void => {
    if (res.destroyed) return;
    // In one piece: an answer that is ended later than written can bring Node down when requests are pipelined.
    res.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      connection: "close",
      ...headers,
    });
    res.end(body);
  };
  if (mayHaveBody(req)) afterBody(req, answer);
  else answer();
}
