import type { IncomingMessage, ServerResponse } from "node:http";
import { mayPass, pageRule } from "@/server/auth/page-guard";
import type { Session } from "@/server/auth/session";

export type Pages = (req: IncomingMessage, res: ServerResponse) => Promise<void>;
/** The session of a request; null when it has none. */
export type ReadSession = (req: IncomingMessage, requestId: string) => Promise<Session | null>;

const plain = { "content-type": "text/plain; charset=utf-8", "cache-control": "private, no-store", vary: "Cookie" };
const routerHeaders = [
  "rsc",
  "next-router-state-tree",
  "next-router-prefetch",
  "next-router-segment-prefetch",
  "next-url",
];

/** True for a document that the browser will show, false for data that a page fetches for the next one. */
function asksForDocument({ method, headers, url = "" }: IncomingMessage): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  return routerHeaders.every((name) => headers[name] === undefined) && !/[?&]_rsc\b/.test(url);
}

/** Makes the next response uncacheable, and replaces its status. */
function mark(res: ServerResponse, status: number | null): void {
  const writeHead = res.writeHead.bind(res);
  // Next and Node both write the head through this method, after all headers have been set.
  res.writeHead = (given: number, ...rest: never[]) => {
    res.setHeader("cache-control", "private, no-store");
    res.appendHeader("vary", "Cookie");
    if (status !== null) res.removeHeader("etag");
    return writeHead(status ?? given, ...rest);
  };
}

/** Shows another page at the requested address. */
async function showInstead(path: string, status: number, pages: Pages, req: IncomingMessage, res: ServerResponse) {
  req.url = path;
  // A client that has seen the requested page would otherwise get "not modified".
  delete req.headers["if-none-match"];
  delete req.headers["if-modified-since"];
  mark(res, status);
  await pages(req, res);
}

/**
 * Shows a page to users who may see it (rule S1). Others get the sign-in page with status 401, or the page that names the
 * required role with 403. The data of these pages is protected by their procedures as well.
 */
export async function answerPage(
  req: IncomingMessage,
  res: ServerResponse,
  { pages, readSession, requestId }: { pages: Pages; readSession: ReadSession; requestId: string },
): Promise<void> {
  const url = req.url ?? "/";
  const end = url.search(/[?#]/);
  const rule = pageRule(end === -1 ? url : url.slice(0, end));
  if (rule === null) return pages(req, res);
  const session = await readSession(req, requestId);
  if (mayPass(rule, session?.role ?? null)) {
    mark(res, null);
    return pages(req, res);
  }
  const status = session === null ? 401 : 403;
  if (asksForDocument(req)) return showInstead(session === null ? "/sign-in" : "/forbidden", status, pages, req, res);
  const message = session === null ? "Sign in first.\n" : `This page requires the role ${rule.role}.\n`;
  res.writeHead(status, plain).end(message);
}
