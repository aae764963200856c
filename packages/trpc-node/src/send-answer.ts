import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Answer } from "./answer-calls";
import type { Exchange } from "./exchange";
import { vary } from "./response-head";
import { serverTiming } from "./server-timing";

/** The same headers as Node takes them; cookies stay apart. */
function toNodeHeaders(headers: Headers): OutgoingHttpHeaders {
  const cookies = headers.getSetCookie();
  const all: OutgoingHttpHeaders = Object.fromEntries(headers);
  if (cookies.length > 0) all["set-cookie"] = cookies;
  return all;
}

/** What sets a cookie is for one client, and what has another status than 200 is no answer to keep. */
function mayBeShared(res: ServerResponse, status: number, setsCookie: boolean): boolean {
  return status === 200 && res.statusCode === 200 && !setsCookie && !res.hasHeader("set-cookie");
}

/**
 * Sends an answer in one write, head and body together. Status and headers that a procedure has set on the response stay,
 * as they do with tRPC's adapter; so does a `Cache-Control`, which is `no-cache` unless the answer may be shared. Throws
 * when the procedure has answered by itself.
 */
export function sendAnswer(
  { res, request, startedAt }: Exchange,
  answer: Answer,
  bytes = Buffer.byteLength(answer.body),
): void {
  const { status, body, headers, sharedControl } = answer;
  // Somebody has answered by himself: this is what Node says to that.
  if (res.headersSent) res.setHeader("vary", vary);
  if (res.destroyed) return;
  const own: OutgoingHttpHeaders =
    headers === null ? { vary, "content-type": "application/json" } : toNodeHeaders(headers);
  if (own["cache-control"] === undefined && !res.hasHeader("cache-control")) {
    const isShared = sharedControl !== null && mayBeShared(res, status, own["set-cookie"] !== undefined);
    own["cache-control"] = isShared ? sharedControl : "no-cache";
  }
  own["server-timing"] = serverTiming(request, performance.now() - startedAt);
  own["content-length"] = bytes;
  res.writeHead(res.statusCode === 200 ? status : res.statusCode, own);
  res.end(body);
}
