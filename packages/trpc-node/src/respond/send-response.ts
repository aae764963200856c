import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Exchange } from "../handler-options";
import { serverTiming } from "../server-timing";

/** A response that is ready to be sent. */
export type HttpResponse = {
  status: number;
  body: string;
  /** null for the default ones. */
  headers: Headers | null;
  /** `Cache-Control` for shared caches; null when they must ask each time. */
  sharedControl: string | null;
  /** For this caller only: no cache may store it. */
  isPersonal: boolean;
};

/** The headers of a response that is for one caller. */
export const personalControl = "private, no-store";

export const vary = "trpc-accept, accept";
const personalVary = `${vary}, cookie`;

/**
 * Sends a response in one write, head and body together. Status and headers that a procedure has set on the response stay,
 * as they do with tRPC's adapter; so does a `Cache-Control`, which is `no-cache` unless the response may be shared. A personal
 * response says `private, no-store` in any case. Throws when the procedure has sent a response itself.
 */
export function sendResponse(
  { res, request, startedAt }: Exchange,
  response: HttpResponse,
  bytes = Buffer.byteLength(response.body),
): void {
  const { status, body, headers, sharedControl } = response;
  // Throws the error that Node has for a response that was sent already.
  if (res.headersSent) res.setHeader("vary", vary);
  if (res.destroyed) return;
  const own: OutgoingHttpHeaders =
    headers === null ? { vary, "content-type": "application/json" } : toNodeHeaders(headers);
  if (response.isPersonal) {
    own["cache-control"] = personalControl;
    own["vary"] = headers === null ? personalVary : `${String(own["vary"])}, cookie`;
  } else if (own["cache-control"] === undefined && !res.hasHeader("cache-control")) {
    const isShared = sharedControl !== null && mayBeShared(res, status, own["set-cookie"] !== undefined);
    own["cache-control"] = isShared ? sharedControl : "no-cache";
  }
  own["server-timing"] = serverTiming(request, performance.now() - startedAt);
  own["content-length"] = bytes;
  res.writeHead(res.statusCode === 200 ? status : res.statusCode, own);
  res.end(body);
}

/** The same headers in the form that Node takes; cookies stay separate. */
function toNodeHeaders(headers: Headers): OutgoingHttpHeaders {
  const cookies = headers.getSetCookie();
  const all: OutgoingHttpHeaders = Object.fromEntries(headers);
  if (cookies.length > 0) all["set-cookie"] = cookies;
  return all;
}

/** A response that sets a cookie is for one client, and only a 200 is worth keeping. */
function mayBeShared(res: ServerResponse, status: number, setsCookie: boolean): boolean {
  return status === 200 && res.statusCode === 200 && !setsCookie && !res.hasHeader("set-cookie");
}

/** The policy of responses that are not pages: nothing in them may run, load or be framed. */
export const nothingRuns = "default-src 'none'; frame-ancestors 'none'";

/** The headers of every API response, name after value, in the form that `writeHead` takes. */
export const apiHeaders = [
  "x-content-type-options",
  "nosniff",
  "content-security-policy",
  nothingRuns,
  "cross-origin-resource-policy",
  "same-origin",
] as const;

/** Marks a response as data for pages of this origin. */
export function setApiHeaders(res: ServerResponse): void {
  for (let at = 0; at < apiHeaders.length; at += 2) res.setHeader(apiHeaders[at] ?? "", apiHeaders[at + 1] ?? "");
}
