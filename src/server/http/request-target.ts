import type { IncomingMessage, ServerResponse } from "node:http";

const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const ofServer = "GET, HEAD, POST, OPTIONS";
const ofPages = "GET, HEAD";
const absolute = /^https?:\/\/([^/?#]+)([^#]*)/i;

/**
 * Brings the target of a request that does not begin with a slash into the usual form, with the host that it names
 * (RFC 9112, section 3.2.2). Answers what has no such form, and returns false.
 */
export function toOriginForm(req: IncomingMessage, res: ServerResponse): boolean {
  const { url = "", method } = req;
  if (url === "*" && method === "OPTIONS") {
    res.writeHead(204, { allow: ofServer, "cache-control": "no-store" }).end();
    return false;
  }
  const [, authority = "", rest = ""] = absolute.exec(url) ?? [];
  if (authority === "" || authority.includes("@")) {
    res
      .writeHead(400, text)
      .end("The target of a request is a path, or an http:// or https:// URL without credentials.\n");
    return false;
  }
  req.url = rest.startsWith("/") ? rest : `/${rest}`;
  req.headers.host = authority;
  return true;
}

/** Whether a request is for this path, with or without a query. */
export function isFor(path: string, url: string): boolean {
  return url.startsWith(path) && (url.length === path.length || url[path.length] === "?");
}

/**
 * Answers a method that no page has, and returns false. Next would parse the body of a POST to any page as a server action,
 * which no page here has.
 */
export function hasPageMethod({ method }: IncomingMessage, res: ServerResponse): boolean {
  if (method === "GET" || method === "HEAD") return true;
  res.writeHead(405, { ...text, allow: ofPages }).end("Pages accept GET and HEAD only.\n");
  return false;
}
