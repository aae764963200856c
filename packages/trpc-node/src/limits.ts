import type { IncomingMessage } from "node:http";
import { defaultRequestLimits } from "@weir/core/limits";

/**
 * What one request may cost (rule S3). The answers that refuse name the variable that sets the limit (.env.example) and
 * what is allowed.
 */
export type Limits = {
  /** Path and query, in characters. */
  urlLength: number;
  bodyBytes: number;
  batchLength: number;
  /** Requests under way on one connection. */
  inFlightPerConnection: number;
  /** How long a call may take before it answers GATEWAY_TIMEOUT. */
  deadlineMs: number;
  /** How long a stream may be unable to send. */
  stalledStreamMs: number;
};

export const defaultLimits: Limits = {
  ...defaultRequestLimits,
  inFlightPerConnection: 100,
  deadlineMs: 10_000,
  stalledStreamMs: 30_000,
};

export type Refusal = { status: number; code: string; message: string; headers?: Record<string, string> };

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

/** What is answered to a body that turns out to be too large while it is read. */
export const tooLarge = ({ bodyBytes }: Limits): Refusal => ({
  status: 413,
  code: "PAYLOAD_TOO_LARGE",
  message: `The body is larger than the ${bodyBytes} bytes that are allowed (LIMIT_BODY_BYTES).`,
});

/**
 * Checks what can be known before the body is read, in time proportional to the URL. Returns null when the request may
 * go on. The batch length is checked here because the adapter splits the path before any other hook of ours runs.
 */
export function refuseByLimits(req: IncomingMessage, limits: Limits): Refusal | null {
  const url = req.url ?? "/";
  if (url.length > limits.urlLength) {
    const message = `The URL has ${url.length} characters; at most ${limits.urlLength} are allowed (LIMIT_URL_LENGTH). Send a POST.`;
    return { status: 414, code: "URI_TOO_LONG", message };
  }
  if (batchLength(url) > limits.batchLength) {
    const message = `A batch holds at most ${limits.batchLength} calls (LIMIT_BATCH_LENGTH).`;
    return { status: 400, code: "BAD_REQUEST", message };
  }
  const announced = req.headers["content-length"];
  if (announced !== undefined && Number(announced) > limits.bodyBytes) {
    const message = `The body has ${announced} bytes; at most ${limits.bodyBytes} are allowed (LIMIT_BODY_BYTES).`;
    return { status: 413, code: "PAYLOAD_TOO_LARGE", message };
  }
  return null;
}

const mediaType = (header: string | undefined): string => (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/**
 * Refuses calls that another site could make a browser send with our cookies (rule S2): a POST must be
 * `application/json`, and a page of another origin may not call at all. Clients that are no browser send no `Origin`.
 */
export function refuseCrossSite(req: IncomingMessage, origins: ReadonlySet<string>): Refusal | null {
  if (req.method === "POST" && mediaType(req.headers["content-type"]) !== "application/json") {
    const message = "A POST must have the content type application/json.";
    return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message };
  }
  const { origin, host } = req.headers;
  if (origin === undefined || origins.has(origin)) return null;
  if (origins.size === 0 && host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) {
    return null;
  }
  const message = "Calls from pages of another origin are not accepted. PUBLIC_ORIGIN names the origin of this server.";
  return { status: 403, code: "FORBIDDEN", message };
}
