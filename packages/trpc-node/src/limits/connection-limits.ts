import { STATUS_CODES, type Server, type ServerOptions } from "node:http";
import type { Duplex } from "node:stream";

/** What one connection may cost (rule S3). */
export type ConnectionLimits = {
  /** All headers of a request together. */
  headerBytes: number;
  /** From the first byte of a request to the end of its headers. */
  headersTimeoutMs: number;
  /** From the first byte of a request to the end of its body. */
  requestTimeoutMs: number;
  /** How long an idle connection stays open: longer than balancers keep theirs, or they send into a closing one. */
  keepAliveTimeoutMs: number;
};

export const defaultConnectionLimits: ConnectionLimits = {
  headerBytes: 16_384,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
};

const checksPerTimeout = 10;

/**
 * The limits that `createServer` takes. Node looks for slow connections every 30 seconds by default, which would give each
 * of them that much more time.
 */
export function serverOptions({ headerBytes, headersTimeoutMs }: ConnectionLimits): ServerOptions {
  return { maxHeaderSize: headerBytes, connectionsCheckingInterval: Math.ceil(headersTimeoutMs / checksPerTimeout) };
}

/**
 * Sets the limits of a server that was created with `serverOptions`. A connection that exceeds one gets a response that
 * names the limit, and is closed.
 */
export function limitConnections(server: Server, limits: ConnectionLimits): void {
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") socket.destroy();
    else respondAndClose(socket, responseTo(error.code, limits));
  });
}

type TextResponse = { status: number; message: string };

function responseTo(code: string | undefined, limits: ConnectionLimits): TextResponse {
  if (code === "HPE_HEADER_OVERFLOW") {
    return {
      status: 431,
      message: `The headers exceed the limit of ${limits.headerBytes} bytes (LIMIT_HEADER_BYTES).`,
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

function respondAndClose(socket: Duplex, { status, message }: TextResponse): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
