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
  /** How long an idle connection is kept: longer than balancers keep theirs, or they send into a closing one. */
  keepAliveTimeoutMs: number;
};

export const defaultConnectionLimits: ConnectionLimits = {
  headerBytes: 16_384,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
};

type Answer = { status: number; message: string };

function answerTo(code: string | undefined, limits: ConnectionLimits): Answer {
  if (code === "HPE_HEADER_OVERFLOW") {
    const message = `The headers have more than the ${limits.headerBytes} bytes that are allowed (LIMIT_HEADER_BYTES).`;
    return { status: 431, message };
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    const { headersTimeoutMs, requestTimeoutMs } = limits;
    return {
      status: 408,
      message:
        `A request has ${headersTimeoutMs} ms for its headers (LIMIT_HEADERS_MS) ` +
        `and ${requestTimeoutMs} ms in all (LIMIT_REQUEST_MS).`,
    };
  }
  return { status: 400, message: "This is not an HTTP request that can be read." };
}

function answerAndClose(socket: Duplex, { status, message }: Answer): void {
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

const checksPerTimeout = 10;

/**
 * What `createServer` has to be told of the limits. Node looks for slow connections every half a minute unless told
 * otherwise, which would let each have that much more.
 */
export function serverOptions({ headerBytes, headersTimeoutMs }: ConnectionLimits): ServerOptions {
  return { maxHeaderSize: headerBytes, connectionsCheckingInterval: Math.ceil(headersTimeoutMs / checksPerTimeout) };
}

/** Sets the limits of a server that was made with `serverOptions`; what passes them is told which and closed. */
export function limitConnections(server: Server, limits: ConnectionLimits): void {
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") socket.destroy();
    else answerAndClose(socket, answerTo(error.code, limits));
  });
}
