import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { defaultRequestLimits } from "@weir/core/limits";
import { checkTimerMs } from "@weir/core/timers";
import type { Refusal } from "../respond/refuse";
import { defaultConnectionLimits, refuseHeaderCount } from "./connection-limits";

/**
 * What one request may cost (rule S3). A refusal names the environment variable that sets the limit (.env.example) and its
 * value.
 */
export type Limits = {
  /** Path and query, in characters. */
  urlLength: number;
  /** How many headers a request may have. */
  headerCount: number;
  bodyBytes: number;
  batchLength: number;
  /** Concurrent requests on one connection. */
  inFlightPerConnection: number;
  /** How long a call may take before it fails with GATEWAY_TIMEOUT. */
  deadlineMs: number;
  /** How long a stream may be unable to send. */
  stalledStreamMs: number;
};

export const defaultLimits: Limits = {
  ...defaultRequestLimits,
  headerCount: defaultConnectionLimits.headerCount,
  inFlightPerConnection: 100,
  deadlineMs: 10_000,
  stalledStreamMs: 30_000,
};

/**
 * The limits with the defaults for those that are absent.
 * @throws RangeError for a time that no timer can keep
 */
export function completeLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits, ...given };
  checkTimerMs("limits.deadlineMs", limits.deadlineMs);
  checkTimerMs("limits.stalledStreamMs", limits.stalledStreamMs);
  return limits;
}

/**
 * Checks what is known before the body is read, in time proportional to the URL. Returns null when the request is within
 * its limits. The batch length is checked here because tRPC's adapter splits the path before any other hook of ours runs.
 */
export function refuseByLimits(req: IncomingMessage, limits: Limits): Refusal | null {
  const tooMany = refuseHeaderCount(req, limits.headerCount);
  if (tooMany !== null) return tooMany;
  const url = req.url ?? "/";
  if (url.length > limits.urlLength) {
    const message = `The URL has ${url.length} characters; the limit is ${limits.urlLength} (LIMIT_URL_LENGTH). Send a POST instead.`;
    return { status: 414, code: "URI_TOO_LONG", message };
  }
  if (batchLength(url) > limits.batchLength) {
    const message = `A batch may hold at most ${limits.batchLength} calls (LIMIT_BATCH_LENGTH).`;
    return { status: 400, code: "BAD_REQUEST", message };
  }
  const announced = req.headers["content-length"];
  if (announced !== undefined && Number(announced) > limits.bodyBytes) {
    const message = `The body has ${announced} bytes; the limit is ${limits.bodyBytes} (LIMIT_BODY_BYTES).`;
    return { status: 413, code: "PAYLOAD_TOO_LARGE", message };
  }
  return null;
}

/** Refuses a body that is compressed: its size is unknown until it is unpacked. Null for all others. */
export function refuseEncoded({ headers }: IncomingMessage): Refusal | null {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding.toLowerCase() === "identity") return null;
  const message = "Send the body without Content-Encoding.";
  return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message, headers: { "accept-encoding": "identity" } };
}

/** How many calls the path would have as a batch. Commas may be percent-encoded. */
function batchLength(url: string): number {
  let count = 1;
  for (let at = 0; at < url.length; at += 1) {
    const character = url[at];
    if (character === "?" || character === "#") break;
    if (character === "," || (character === "%" && /^2c/i.test(url.slice(at + 1, at + 3)))) count += 1;
  }
  return count;
}

/** The refusal of a body that turns out to be too large while it is read. */
export const tooLarge = ({ bodyBytes }: Limits): Refusal => ({
  status: 413,
  code: "PAYLOAD_TOO_LARGE",
  message: `The body is larger than the limit of ${bodyBytes} bytes (LIMIT_BODY_BYTES).`,
});

/**
 * Refuses calls that another site could make a browser send with our cookies (rule S2): a POST must be
 * `application/json`, uncompressed, and pages of another origin may not call at all. Clients other than browsers send no
 * `Origin`.
 */
export function refuseCrossSite(req: IncomingMessage, origins: ReadonlySet<string>): Refusal | null {
  if (req.method === "POST") {
    if (mediaType(req.headers["content-type"]) !== "application/json") {
      const message = "A POST must have the content type application/json.";
      return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message };
    }
    const encoded = refuseEncoded(req);
    if (encoded !== null) return encoded;
  }
  const { origin, host } = req.headers;
  if (origin === undefined || origins.has(origin)) return null;
  if (origins.size === 0 && host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) {
    return null;
  }
  const message = "Pages of another origin may not call this server. PUBLIC_ORIGIN sets the origin of this server.";
  return { status: 403, code: "FORBIDDEN", message };
}

const mediaType = (header: string | undefined): string => (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

type Connection = {
  inFlight: number;
  /** The response to the request that was admitted last, until it is sent, and the one before it. */
  newest: ServerResponse | null;
  earlier: ServerResponse | null;
};

const connections = new WeakMap<Socket, Connection>();

function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known !== undefined) return known;
  const connection: Connection = { inFlight: 0, newest: null, earlier: null };
  connections.set(socket, connection);
  return connection;
}

/**
 * Counts a request of its connection until its response is sent or the client has left. A client may pipeline requests, and
 * Node starts them all at once. Returns the refusal when `max` are in flight already, else null.
 */
export function admitOnConnection(req: IncomingMessage, res: ServerResponse, max: number): Refusal | null {
  const connection = connectionOf(req.socket);
  if (connection.inFlight >= max) {
    const message = `At most ${max} requests may be in flight on one connection (LIMIT_IN_FLIGHT). Wait for responses, or open another connection.`;
    return { status: 429, code: "TOO_MANY_REQUESTS", message };
  }
  connection.inFlight += 1;
  connection.earlier = connection.newest;
  connection.newest = res;
  res.once("close", release);
  return null;
}

function release(this: ServerResponse): void {
  const connection = connectionOf(this.req.socket);
  connection.inFlight -= 1;
  if (connection.newest === this) connection.newest = null;
}

/**
 * The response that must be sent before the one to the request just admitted; null when there is none. Calls wait for it:
 * run all at once, the calls of a pipeline would hold all of their responses for a client that may never read them.
 */
export function earlierResponse({ socket }: IncomingMessage): ServerResponse | null {
  const { earlier } = connectionOf(socket);
  return earlier === null || earlier.writableFinished ? null : earlier;
}
