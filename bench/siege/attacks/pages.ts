import { type Attack, checked, noneOf } from "../attack";
import { type Ask, sendBytes } from "../client";
import type { Target } from "../target";

/** Paths of the dashboard, as a router or a proxy might still read them. */
const spellings: readonly string[] = [
  "/admin",
  "/admin/",
  "/admin//",
  "//admin",
  "/./admin",
  "/x/../admin",
  "/ADMIN",
  "/Admin/Users",
  "/%61dmin",
  "/%2561dmin",
  "/admin%2fusers",
  "/admin%2Fusers",
  "/admin%5cusers",
  "/admin\\users",
  "/%2e/admin",
  "/%2e%2e/admin",
  "/x/%2e%2e/admin",
  "/x/..%2fadmin",
  "/sign-in/..;/admin",
  "/sign-in/../admin",
  "/;/admin",
  "/admin;x=1",
  "/admin;/users",
  "/admin/.",
  "/admin.",
  "/admin..",
  "/admin%20",
  "/admin%00",
  "/admin%09",
  "/admin?x",
  "/admin?_rsc=1",
  "/admin#x",
  "/admin.rsc",
  "/admin.txt",
  "/admin.json",
  "/admin.html",
  "/admin.segments/_tree.segment.rsc",
  "/admin/users.rsc",
  "/_next/data/build/admin.json",
  "/_next/../admin",
  "/_next/static/../../admin",
  "/_next/static/%2e%2e/%2e%2e/admin",
  "/_next/image?url=/admin&w=64&q=75",
  "/index/../admin",
  "/sign-in%2f..%2fadmin",
  "/forbidden/../admin/users",
  "/\u0061dmin/audit",
  "/adm%69n/account",
  "/admin/users/anything/below",
  "/%ef%bc%8fadmin",
  "/aDmIn%2E",
  "/admin/%252e%252e/admin",
];

const headerSets: readonly Record<string, string>[] = [
  {},
  { rsc: "1" },
  { rsc: "1", "next-router-prefetch": "1" },
  { rsc: "1", "next-router-segment-prefetch": "/_tree" },
  { "next-url": "/admin" },
  { "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware" },
  { "x-middleware-prefetch": "1" },
  { "x-nextjs-data": "1" },
  { "x-matched-path": "/admin/users" },
  { "x-invoke-path": "/admin/users" },
  { "x-original-url": "/admin/users", "x-rewrite-url": "/admin/users" },
  { "x-now-route-matches": "1=admin" },
  { "x-forwarded-uri": "/admin" },
  { purpose: "prefetch" },
];

/** What only the pages of the dashboard contain; none of their own texts is on the sign-in page. */
const dashboardOnly =
  /\/_next\/static\/chunks\/[^"]*app\/admin|"children":\["admin"|href="\/admin\/users"|\["admin",\{"children"/;

async function ofSpelling(target: Target, path: string, headers: Record<string, string>): Promise<string | null> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Written by hand: a client would correct some of these paths.
  const { text, statuses } = await sendBytes(
    target.port,
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\n${lines.join("")}Connection: close\r\n\r\n`,
    { quietMs: 4_000 },
  );
  const [status = 0] = statuses;
  const leaks = dashboardOnly.test(text);
  const isServed = status === 200 && /admin/i.test(path) && !/^\/(?:sign-in|forbidden)?(?:[?#]|$)/.test(path);
  if (!leaks && !isServed && status < 500) return null;
  return `${path} ${JSON.stringify(headers)}: ${status} ${text.slice(text.indexOf("\r\n\r\n"), 160).trim()}`;
}

type PageCase = { path: string; headers: Record<string, string> };

async function walk(target: Target, scale: "quick" | "full"): Promise<{ tried: number; broken: string[] }> {
  const sets = scale === "quick" ? headerSets.slice(0, 2) : headerSets;
  // Every spelling as it is and as data; the other headers only beside the plainest paths.
  const cases = spellings.flatMap((path, index): PageCase[] =>
    sets.filter((_set, at) => at < 2 || index < 4).map((headers) => ({ path, headers })),
  );
  cases.push(...sets.slice(2).map((headers) => ({ path: "/", headers })));
  const tried = cases.length;
  const broken: string[] = [];
  const work = async (): Promise<void> => {
    for (let one = cases.shift(); one !== undefined; one = cases.shift()) {
      const what = await ofSpelling(target, one.path, one.headers);
      if (what !== null) broken.push(what);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return { tried, broken };
}

/** A page that a role may not see, asked for with that role's session. */
async function withLowerRole(target: Target): Promise<{ tried: number; broken: string[] }> {
  const cases: Ask[] = ["/admin/users", "/admin/audit", "/ADMIN/users/", "/admin/users.rsc", "/admin//users"].flatMap(
    (path): Ask[] => [
      { path, headers: { cookie: target.users.viewer.cookie } },
      { path, headers: { cookie: target.users.operator.cookie, rsc: "1" } },
    ],
  );
  const broken: string[] = [];
  for (const given of cases) {
    const { status } = await target.ask(given);
    if (status === 200 || status >= 500) broken.push(`${given.path} with a lower role: ${status}`);
  }
  return { tried: cases.length, broken };
}

const secrets = /"name": "weir"|root:x?:0|DATABASE_URL|AUTH_SECRET|BEGIN [A-Z ]*PRIVATE KEY|auth-secret/;
const traversals = [
  "/../package.json",
  "/..%2fpackage.json",
  "/%2e%2e/%2e%2e/package.json",
  "/_next/static/../../package.json",
  "/_next/static/..%2f..%2fpackage.json",
  "/_next/static/%2e%2e/%2e%2e/%2e%2e/package.json",
  "/_next/static/..%5c..%5cpackage.json",
  "/_next/static/chunks/..%2f..%2f..%2f..%2f.data%2fauth-secret",
  "/robots.txt/../../.env",
  "/robots.txt%00.html",
  "/.env",
  "/.git/config",
  "/.data/auth-secret",
  "/....//....//etc/passwd",
  "/%c0%ae%c0%ae/etc/passwd",
  "/_next/image?url=file:///etc/passwd&w=64&q=75",
  "/_next/image?url=http://127.0.0.1:22/&w=64&q=75",
  "/static/..%252f..%252fpackage.json",
  "/dist/main.js",
  "/src/env.js",
] as const;

async function traverse(target: Target): Promise<string[]> {
  const broken: string[] = [];
  for (const path of traversals) {
    const bytes = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nConnection: close\r\n\r\n`;
    const { text, statuses } = await sendBytes(target.port, bytes, { quietMs: 4_000 });
    const [status = 0] = statuses;
    if (secrets.test(text) || status >= 500) broken.push(`${path}: ${status}`);
  }
  return broken;
}

const methods = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
const bodies: readonly Record<string, string>[] = [
  {},
  { "content-type": "application/json", "next-action": "7f".repeat(21) },
  { "content-type": "multipart/form-data; boundary=x", "next-action": "x" },
  { "content-type": "text/plain;charset=UTF-8", "next-action": "0".repeat(40), rsc: "1" },
];

/** Pages accept only reads; server actions, which Next offers on every page, have allowed remote code execution before. */
async function otherMethods(target: Target): Promise<{ tried: number; broken: string[] }> {
  const { cookie } = target.users.admin;
  const paths = ["/", "/sign-in", "/admin", "/icon.svg", "/nowhere", "/_next/static/x.js"];
  const cases = paths.flatMap((path) => [
    ...methods.map((method): Ask => ({ method, path, headers: { cookie } })),
    ...bodies.map((headers): Ask => ({ method: "POST", path, body: "[]", headers: { ...headers, cookie } })),
  ]);
  const broken: string[] = [];
  for (const given of cases) {
    const { status } = await target.ask(given);
    if (status !== 405)
      broken.push(`${given.method} ${given.path} ${JSON.stringify(given.headers).slice(0, 80)}: ${status}`);
  }
  const star = await sendBytes(target.port, "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  if ((star.statuses[0] ?? 500) >= 500) broken.push(`OPTIONS *: ${star.statuses.join(", ")}`);
  return { tried: cases.length + 1, broken };
}

/** The dashboard's pages in every spelling, and files that no page is. */
export const pages: Attack = {
  name: "pages",
  isQuick: true,
  pages: "needed",
  run: async (target, scale) => {
    const signedOut = await walk(target, scale);
    const lower = await withLowerRole(target);
    const other = await otherMethods(target);
    return checked(
      noneOf("no spelling shows a page of the dashboard without a session", signedOut.broken, signedOut.tried),
      noneOf("no page shows itself to a lower role", lower.broken, lower.tried),
      noneOf("pages answer GET and HEAD and nothing else", other.broken, other.tried),
      noneOf("no path leads out of the public files", await traverse(target), traversals.length),
    );
  },
};
