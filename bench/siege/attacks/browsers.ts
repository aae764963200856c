import type { IncomingHttpHeaders } from "node:http";
import { type Attack, type Check, checked, noneOf } from "../attack";
import { type Ask, ask, sendBytes } from "../client";
import type { Target } from "../target";

const evil = "evil.example";

/** Requests that a page of another site can make a browser send, with the cookie of a user. */
function crossSite(target: Target): Ask[] {
  const body = JSON.stringify({ name: "changed by another site" });
  const { cookie } = target.users.viewer;
  const path = "/api/trpc/account.changeName";
  const post = (headers: Record<string, string>, given = body): Ask => ({
    method: "POST",
    path,
    body: given,
    headers: { cookie, ...headers },
  });
  const json = { "content-type": "application/json" };
  const own = { origin: target.origin };
  return [
    post({ ...json, origin: `https://${evil}` }),
    post({ ...json, origin: "null" }),
    post({ ...json }),
    post({ ...json, referer: target.origin }),
    post({ "content-type": "text/plain", ...own }),
    post({ "content-type": "text/plain;application/json", ...own }),
    post({ "content-type": "application/x-www-form-urlencoded", ...own }, `input=${encodeURIComponent(body)}`),
    post({ "content-type": "multipart/form-data; boundary=x", ...own }, "--x--\r\n"),
    post({ "content-type": "application/json-patch+json", ...own }),
    post({ "content-type": "", ...own }),
    { path: `${path}?input=${encodeURIComponent(body)}`, headers: { cookie } },
    {
      path: `${path}?input=${encodeURIComponent(body)}`,
      headers: { cookie, "x-http-method-override": "POST", ...own },
    },
    { path: `${path}?_method=POST&input=${encodeURIComponent(body)}`, headers: { cookie, ...own } },
    { path: "/api/trpc/users.list", headers: { cookie: target.users.admin.cookie, "sec-fetch-site": "cross-site" } },
    { path: "/api/trpc/users.list", headers: { cookie: target.users.admin.cookie, origin: `https://${evil}` } },
    { method: "PUT", path, body, headers: { cookie, ...json, ...own } },
  ];
}

async function foreignCalls(target: Target): Promise<Check> {
  const asks = crossSite(target);
  const broken: string[] = [];
  for (const given of asks) {
    const { status } = await target.ask(given);
    if (status < 400) broken.push(`${given.method ?? "GET"} ${JSON.stringify(given.headers).slice(0, 200)}: ${status}`);
  }
  return noneOf("no other site acts with a user's cookie", broken, asks.length);
}

/** A script of another site, which browsers send with the cookie where it is not `SameSite`. */
async function foreignScript(target: Target): Promise<Check> {
  const { cookie, email } = target.users.admin;
  const broken: string[] = [];
  const sites = ["cross-site", "same-site"];
  for (const site of sites) {
    const headers = { cookie, "sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" };
    const { status, text } = await target.ask({ path: "/api/trpc/account.me", headers });
    if (text.includes(email)) broken.push(`${site}: ${status} ${text.slice(0, 80)}`);
  }
  return noneOf("another site does not learn who is signed in", broken, sites.length);
}

async function foreignReads(target: Target): Promise<Check> {
  const paths = [
    "/",
    "/api/trpc/account.me",
    "/api/trpc/users.list",
    "/api/auth/sign-in/email",
    "/healthz",
    "/metrics",
  ];
  const broken: string[] = [];
  for (const path of paths) {
    for (const method of ["OPTIONS", "GET"]) {
      const headers = {
        origin: `https://${evil}`,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
        "access-control-request-private-network": "true",
      };
      const reply = await target.ask({ method, path, headers });
      const granted = Object.keys(reply.headers).filter((name) => name.startsWith("access-control-allow"));
      if (granted.length > 0) broken.push(`${method} ${path}: ${granted.join(", ")}`);
    }
  }
  return noneOf("no preflight grants another origin anything", broken, paths.length * 2);
}

/** Paths that a careless redirect would send to another site. */
const redirecting = [
  `//${evil}/`,
  `//${evil}/%2e%2e`,
  `///${evil}/`,
  `/\\${evil}/`,
  `/%5c${evil}/`,
  `/%2f%2f${evil}/`,
  `/%09/${evil}/`,
  `/${evil}//`,
  `/.//${evil}/`,
  `/sign-in?from=//${evil}/`,
  `/sign-in?next=https://${evil}/`,
  `/sign-in/?next=//${evil}`,
  `http://${evil}/`,
  `http://${evil}/admin/`,
  `/_next/..//${evil}/`,
  `/admin//`,
  `/;@${evil}/`,
] as const;

async function redirects(target: Target): Promise<Check> {
  const broken: string[] = [];
  for (const path of redirecting) {
    const host = `127.0.0.1:${target.port}`;
    const { text } = await sendBytes(
      target.port,
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      {
        quietMs: 4_000,
      },
    );
    const head = text.split("\r\n\r\n", 1)[0] ?? "";
    const to = /^(?:location|refresh): ?(.*)$/im.exec(head)?.[1];
    if (to !== undefined && leadsAway(to, host)) broken.push(`${path} → ${to}`);
  }
  return noneOf("no redirect leads to another site", broken, redirecting.length);
}

function leadsAway(location: string, host: string): boolean {
  // As browsers read it: backslashes are slashes, tabs are nothing.
  const seen = location.replace(/[\t\r\n]/g, "").replaceAll("\\", "/");
  return !URL.canParse(seen, `http://${host}`) || new URL(seen, `http://${host}`).host !== host;
}

const poison: readonly Record<string, string>[] = [
  { host: evil },
  { host: `127.0.0.1:1@${evil}` },
  { "x-forwarded-host": evil },
  { "x-forwarded-proto": "javascript" },
  { "x-forwarded-prefix": `//${evil}` },
  { "x-original-host": evil },
  { forwarded: `host=${evil};proto=https` },
  { "x-forwarded-port": "1", "x-forwarded-scheme": evil },
  { "x-rewrite-url": `//${evil}` },
  { "x-matched-path": "/forbidden" },
  { "x-invoke-status": "500" },
  { "x-invoke-error": '{"message":"siege"}' },
  { "x-now-route-matches": "siege" },
  { "x-nextjs-data": "1" },
  { "x-middleware-rewrite": `https://${evil}` },
  { "x-weir-client-address": "6.6.6.6" },
  { "x-weir-without-features": "1" },
];

/** A response that a cache may keep must not show what one request's headers said. */
async function poisoning(target: Target): Promise<Check> {
  const paths = ["/", "/sign-in", "/icon.svg", "/api/trpc/account.me", "/nowhere"];
  const broken: string[] = [];
  for (const path of paths) {
    const clean = await target.ask({ path });
    for (const headers of poison) {
      const reply = await target.ask({ path, headers: { ...headers } });
      const shown = JSON.stringify(reply.headers) + reply.text;
      if (shown.includes(evil) || shown.includes("siege") || (reply.status !== clean.status && reply.status < 400)) {
        broken.push(`${path} with ${JSON.stringify(headers)}: ${reply.status}`);
      } else if (reply.status !== clean.status && isCacheable(reply.headers)) {
        broken.push(`${path} with ${JSON.stringify(headers)}: a cacheable ${reply.status} instead of ${clean.status}`);
      }
    }
  }
  return noneOf("no header poisons a page for others", broken, paths.length * poison.length);
}

const isCacheable = (headers: IncomingHttpHeaders): boolean =>
  /s-maxage=[1-9]|max-age=[1-9]/.test(headers["cache-control"] ?? "");

/** Data of a page must not be kept, or shown, as its document. */
async function rscAsDocument(target: Target): Promise<Check> {
  const broken: string[] = [];
  const paths = ["/", "/sign-in"];
  for (const path of paths) {
    for (const headers of [{ rsc: "1" }, { rsc: "1", "next-router-prefetch": "1" }] as Record<string, string>[]) {
      const reply = await target.ask({ path, headers });
      const varies = /\brsc\b/i.test(reply.headers.vary ?? "");
      if (reply.status === 200 && isCacheable(reply.headers) && !varies)
        broken.push(`${path} ${JSON.stringify(headers)}`);
    }
  }
  return noneOf("page data is distinguished from the document", broken, paths.length * 2);
}

/** What belongs to one user must not be kept by a cache, whatever it is asked with. */
async function privateResponses(target: Target): Promise<Check> {
  const { cookie } = target.users.admin;
  const cases: Ask[] = [
    { path: "/api/trpc/account.me", headers: { cookie } },
    { path: "/api/trpc/users.list", headers: { cookie } },
    { path: "/api/trpc/account.me,account.me?batch=1&input=%7B%7D", headers: { cookie } },
    { path: "/api/trpc/users.list?x=.css", headers: { cookie, "if-none-match": "*" } },
    ...(target.hasPages ? [{ path: "/admin", headers: { cookie } }] : []),
  ];
  const broken: string[] = [];
  for (const given of cases) {
    const { headers, status } = await target.ask(given);
    const control = headers["cache-control"] ?? "";
    if (!control.includes("no-store") || status === 304) broken.push(`${given.path}: ${status} ${control}`);
  }
  return noneOf("responses to a session are not stored", broken, cases.length);
}

/** ETags sent by an unauthenticated client cost nothing and never match another client's response. */
async function conditional(target: Target): Promise<Check> {
  const tags = [
    "*",
    `"${"a".repeat(4_000)}"`,
    Array.from({ length: 2_000 }, (_, at) => `"${at}"`).join(","),
    '"',
    "W/",
    ",",
  ];
  const broken: string[] = [];
  for (const tag of tags) {
    for (const path of ["/api/trpc/users.list", "/api/trpc/nowhere", "/admin"]) {
      const { status } = await ask(target.port, { path, headers: { "if-none-match": tag } });
      if (status === 304 || status >= 500) broken.push(`${path} with ${tag.slice(0, 20)}: ${status}`);
    }
  }
  return noneOf("no ETag turns a refusal into 304", broken, tags.length * 3);
}

/** What another site, or a cache in between, can be made to do with a user's browser. */
export const browsers: Attack = {
  name: "browsers",
  isQuick: true,
  pages: "matter",
  run: async (target) => {
    const pages = target.hasPages
      ? [await redirects(target), await poisoning(target), await rscAsDocument(target)]
      : [];
    return checked(
      await foreignCalls(target),
      await foreignReads(target),
      await foreignScript(target),
      ...pages,
      await privateResponses(target),
      await conditional(target),
    );
  },
};
