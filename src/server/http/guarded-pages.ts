import type { IncomingMessage, ServerResponse } from "node:http";
import { mayPass, pageRule } from "@/server/auth/page-guard";
import type { Session } from "@/server/auth/session";

export type Pages = (req: IncomingMessage, res: ServerResponse) => Promise<void>;
/** Whose request it is; null when nobody is signed in. */
export type ReadSession = (req: IncomingMessage, requestId: string) => Promise<Session | null>;

const plain = { "content-type": "text/plain; charset=utf-8", "cache-control": "private, no-store" };
const routerHeaders = [
  "rsc",
  "next-router-state-tree",
  "next-router-prefetch",
  "next-router-segment-prefetch",
  "next-url",
];

/** What a browser asks for to show it, and not what a page that is shown already fetches for its next one. */
function asksForDocument({ method, headers, url = "" }: IncomingMessage): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  return routerHeaders.every((name) => headers[name] === undefined) && !/[?&]_rsc\b/.test(url);
}

/** Has the answer that is about to be written kept by nobody, and gives it a status of ours. */
function mark(res: ServerResponse, status: number | null): void {
  const writeHead = res.writeHead.bind(res);
  // Whoever writes the head, Next or Node for it, comes through here, after all headers have been set.
  res.writeHead = (given: number, ...rest: never[]) => {
    res.setHeader("cache-control", "private, no-store");
    if (status !== null) res.removeHeader("etag");
    return writeHead(status ?? given, ...rest);
  };
}

/** A page of ours in place of the one that was asked for, at the same address. */
async function showInstead(path: string, status: number, pages: Pages, req: IncomingMessage, res: ServerResponse) {
  req.url = path;
  // Or an answer of "not modified" would be given to whoever has seen the page under this address.
  delete req.headers["if-none-match"];
  delete req.headers["if-modified-since"];
  mark(res, status);
  await pages(req, res);
}

/**
 * Shows a page to who may see it (rule S1). The others get the sign-in page with status 401, or the one that says which
 * role it takes with 403. What these pages show is guarded by its procedures once more.
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
  const message = session === null ? "Sign in first.\n" : `This takes the role ${rule.role}.\n`;
  res.writeHead(status, plain).end(message);
}
