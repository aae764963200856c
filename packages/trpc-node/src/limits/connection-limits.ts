import { type IncomingMessage, STATUS_CODES, type Server, type ServerOptions, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { checkTimerMs } from "@weir/core/timers";
import { trackConnections } from "../lifecycle";
import { countRefusal, type Refusal } from "../respond/refuse";

/** What one connection may cost (rule S3). */
export type ConnectionLimits = {
  /** All headers of a request together. */
  headerBytes: number;
  /** How many headers a request may have. */
  headerCount: number;
  /** From the first byte of a request to the end of its headers. */
  headersTimeoutMs: number;
  /** From the first byte of a request to the end of its body. */
  requestTimeoutMs: number;
  /** How long an idle connection stays open: longer than balancers keep theirs, or they send into a closing one. */
  keepAliveTimeoutMs: number;
  /** How long a client may leave a response unread. */
  stalledMs: number;
  /** Open connections. Further ones are closed at once, while the process still has descriptors for everything else. */
  connections: number;
};

export const defaultConnectionLimits: ConnectionLimits = {
  headerBytes: 16_384,
  headerCount: 200,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
  stalledMs: 30_000,
  connections: 10_000,
};

const checksPerTimeout = 10;
const timeouts = ["headersTimeoutMs", "requestTimeoutMs", "keepAliveTimeoutMs", "stalledMs"] as const;

/**
 * The limits that `createServer` takes. Node looks for slow connections every 30 seconds by default, which would give each
 * of them that much more time. It also keeps only the first of a repeated `Host` or `Content-Type`; joined by commas, none of
 * them is hidden from a check.
 */
export function serverOptions({ headerBytes, headersTimeoutMs }: ConnectionLimits): ServerOptions {
  checkTimerMs("headersTimeoutMs", headersTimeoutMs);
  return {
    maxHeaderSize: headerBytes,
    connectionsCheckingInterval: Math.ceil(headersTimeoutMs / checksPerTimeout),
    joinDuplicateHeaders: true,
  };
}

/**
 * Sets the limits of a server that was created with `serverOptions`. A connection that exceeds one gets a response that
 * names the limit, and is closed. `onDropped` is called for each connection beyond `connections`, which gets none.
 */
export function limitConnections(server: Server, limits: ConnectionLimits, onDropped?: () => void): void {
  for (const name of timeouts) checkTimerMs(name, limits[name]);
  server.maxConnections = limits.connections;
  server.on("drop", () => {
    // Those that wait for nothing make room.
    server.closeIdleConnections();
    onDropped?.();
  });
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  // Newer versions of Node refuse further headers, older ones drop them silently. One more than allowed shows
  // `refuseHeaderCount` that there were too many.
  server.maxHeadersCount = limits.headerCount + 1;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") socket.destroy();
    else respondAndClose(socket, responseTo(error.code, limits));
  });
  server.once("listening", () => watchForStalls(server, limits.stalledMs));
  // Without a listener Node resets the connection.
  server.on("connect", (_req, socket) =>
    respondAndClose(socket, { status: 405, message: "This server is not a proxy." }),
  );
}

/**
 * Disconnects clients that stop reading. Node's own timeout of a server would also end clients that wait for a slow call,
 * and cost every request; this one is set only for connections that are found with unsent bytes.
 */
function watchForStalls(server: Server, stalledMs: number): void {
  const connections = trackConnections(server);
  const look = (): void => {
    for (const socket of connections) {
      if (socket.writableLength > 0 && (socket.timeout ?? 0) === 0) socket.setTimeout(stalledMs);
    }
  };
  const timer = setInterval(look, Math.ceil(stalledMs / checksPerTimeout));
  timer.unref();
  server.once("close", () => clearInterval(timer));
}

/**
 * Refuses a request with too many headers; null for all others. A check that something is absent, such as `Origin`, may be
 * believed only after this one: what Node dropped looks absent too.
 */
export function refuseHeaderCount({ rawHeaders }: IncomingMessage, maxHeaders: number): Refusal | null {
  if (rawHeaders.length <= 2 * maxHeaders) return null;
  const message = `A request may have at most ${maxHeaders} headers (LIMIT_HEADER_COUNT).`;
  return { status: 431, code: "BAD_REQUEST", message };
}

/**
 * Handles a request for another protocol like any other, on a connection that closes after the response: Node drops what
 * the client sent after it, so later requests would never get a response.
 */
export function ignoreUpgrade({ headers }: IncomingMessage, res: ServerResponse): void {
  if (headers.upgrade !== undefined) res.shouldKeepAlive = false;
}

/** A response in plain text, without a request to belong to. */
export type TextResponse = { status: number; message: string };

function responseTo(code: string | undefined, limits: ConnectionLimits): TextResponse {
  if (code === "HPE_HEADER_OVERFLOW") {
    return {
      status: 431,
      message:
        `The headers exceed the limit of ${limits.headerBytes} bytes (LIMIT_HEADER_BYTES) ` +
        `or that of ${limits.headerCount} headers (LIMIT_HEADER_COUNT).`,
    };
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    const { headersTimeoutMs, requestTimeoutMs } = limits;
    return {
      status: 408,
      message:
        `A request may take ${headersTimeoutMs} ms for its headers (LIMIT_HEADERS_MS) ` +
        `and ${requestTimeoutMs} ms in total (LIMIT_REQUEST_MS).`,
    };
  }
  return { status: 400, message: "This is not a valid HTTP request." };
}

const maxLingerMs = 1_000;

/**
 * Sends a response on a socket that no longer belongs to a request, and closes it. The client may take a second to close its
 * half: closed at once with unread bytes, the connection would be reset, and the response lost.
 */
export function respondAndClose(socket: Duplex, { status, message }: TextResponse): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  countRefusal(status);
  const body = `${message}\n`;
  const linger = setTimeout(() => socket.destroy(), maxLingerMs);
  socket.once("close", () => clearTimeout(linger));
  socket.on("error", ignore);
  socket.resume();
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const ignore = (): void => undefined;
