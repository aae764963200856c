import { type Attack, type Check, noneOf, type Unmeasured } from "../attack";
import { ask, sendBytes } from "../client";
import { siegeLimits, type Target } from "../target";

/** More headers than Node keeps; it drops the rest without a word. They fit into the limit of their bytes. */
const filler = "a:\r\n".repeat(1_100);

/** A change of the user's own name that another site asks for, with the decisive header out of Node's sight. */
function crossSiteChange(target: Target, before: string, after: string): string {
  const body = JSON.stringify({ name: "changed by another site" });
  return (
    `POST /api/trpc/account.changeName HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nContent-Type: application/json\r\n` +
    `Cookie: ${target.users.viewer.cookie}\r\n${before}Content-Length: ${body.length}\r\nConnection: close\r\n` +
    `${after}\r\n${body}`
  );
}

async function blindGuards(target: Target): Promise<{ broken: string[]; tried: number }> {
  const own = `Origin: ${target.origin}\r\n`;
  const head = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nConnection: close\r\n`;
  const users = `${head("/api/trpc/users.list")}Cookie: ${target.users.admin.cookie}\r\n`;
  const cases: [name: string, bytes: string, isBreach: (status: number) => boolean][] = [
    [
      "a foreign Origin beyond the limit",
      crossSiteChange(target, own, `${filler}Origin: https://evil.example\r\n`),
      is200,
    ],
    ["Sec-Fetch-Site beyond the limit", `${users}${filler}Sec-Fetch-Site: cross-site\r\n\r\n`, is200],
    ["an Origin of a read beyond the limit", `${users}${filler}Origin: https://evil.example\r\n\r\n`, is200],
    [
      "X-Forwarded-For beyond the limit, on /metrics",
      `${head("/metrics")}${filler}X-Forwarded-For: 203.0.113.7\r\n\r\n`,
      is200,
    ],
    [
      "Forwarded beyond the limit, on /metrics",
      `${head("/metrics")}${filler}Forwarded: for=203.0.113.7\r\n\r\n`,
      is200,
    ],
    ["Content-Encoding beyond the limit", crossSiteChange(target, own, `${filler}Content-Encoding: gzip\r\n`), is200],
    ["more headers than the limit on a page", `${head("/")}${filler}X-Forwarded-For: 203.0.113.7\r\n\r\n`, is200],
    [
      "more headers than the limit on /healthz",
      `${head("/healthz")}${filler}\r\n`,
      (status) => status !== 431 && status !== 200,
    ],
    ["two Origins, ours first", crossSiteChange(target, own, "Origin: https://evil.example\r\n"), is200],
    ["two Origins, ours last", crossSiteChange(target, "Origin: https://evil.example\r\n", own), is200],
    ["two content types", crossSiteChange(target, own, "Content-Type: text/plain\r\nOrigin: null\r\n"), is200],
    ["two Sec-Fetch-Site", `${users}Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n\r\n`, is200],
    ["an Origin with a NUL", crossSiteChange(target, `Origin: ${target.origin}\0.evil.example\r\n`, ""), is200],
    ["an empty Origin", crossSiteChange(target, "Origin: \r\n", ""), is200],
    ["a null Origin", crossSiteChange(target, "Origin: null\r\n", ""), is200],
    ["an Origin with a path", crossSiteChange(target, `Origin: ${target.origin}/\r\n`, ""), is200],
    [
      "an Origin that begins like ours",
      crossSiteChange(target, `Origin: ${target.origin}.evil.example\r\n`, ""),
      is200,
    ],
    ["an Origin with a user", crossSiteChange(target, "Origin: http://127.0.0.1@evil.example\r\n", ""), is200],
  ];
  const broken: string[] = [];
  for (const [name, bytes, isBreach] of cases) {
    const { statuses } = await sendBytes(target.port, bytes, { quietMs: 4_000 });
    const [status = 0] = statuses;
    if (isBreach(status)) broken.push(`${name}: ${status}`);
  }
  return { broken, tried: cases.length };
}

const is200 = (status: number): boolean => status === 200;

async function tooLarge(target: Target): Promise<Check> {
  const cases: [name: string, bytes: string, expected: readonly number[]][] = [
    ["17 000 bytes in one header", `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, [431]],
    ["a cookie of 17 000 bytes", `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${"a".repeat(17_000)}\r\n\r\n`, [431]],
    ["a URL of 20 000 bytes", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414, 431]],
    ["a URL of 9 000 bytes", `GET /api/trpc/${"a".repeat(9_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414]],
    ["1 100 headers", `GET /healthz HTTP/1.1\r\nHost: x\r\n${filler}\r\n`, [431]],
    ["an endless header", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(400_000)}`, [431]],
  ];
  const broken: string[] = [];
  for (const [name, bytes, expected] of cases) {
    const { statuses } = await sendBytes(target.port, bytes, { quietMs: siegeLimits.headersMs * 2 });
    if (!expected.includes(statuses[0] ?? 0)) broken.push(`${name}: ${statuses.join(", ") || "no response"}`);
  }
  return noneOf("headers beyond their limits are refused with a response", broken, cases.length);
}

const showsMetrics = (text: string): boolean => text.includes("# TYPE ");

/** `/metrics` for clients without the token that are not on this machine, as far as the server can know. */
async function metricsOfStrangers(target: Target): Promise<{ checks: Check[]; unmeasured: Unmeasured[] }> {
  const { port, proxies } = target;
  const broken: string[] = [];
  const cases: [name: string, headers: Record<string, string>][] = [
    ["X-Forwarded-For", { "x-forwarded-for": "203.0.113.7" }],
    ["Via", { via: "1.1 proxy" }],
    ["X-Real-IP", { "x-real-ip": "203.0.113.7" }],
    ["another Host", { host: "rebound.example" }],
    ["a wrong token", { authorization: "Bearer wrong", "x-forwarded-for": "127.0.0.1" }],
    ["a foreign Origin", { origin: "https://evil.example", "x-forwarded-for": "::1" }],
  ];
  for (const path of ["/metrics", "//metrics", "/%6detrics", "/METRICS"]) {
    for (const [name, headers] of cases) {
      const { text } = await ask(port, { path, headers });
      if (showsMetrics(text)) broken.push(`${path} with ${name}`);
    }
  }
  const checks = [noneOf("/metrics refuses what a proxy sends", broken, cases.length * 4)];
  const name = "/metrics is closed behind an nginx with its defaults";
  if (proxies === null) return { checks, unmeasured: [{ name, reason: "nginx is not installed" }] };
  const behind: string[] = [];
  for (const path of ["/metrics", "//metrics", "/x/../metrics", "/%6detrics"]) {
    const { text } = await ask(proxies.plainPort, { path });
    if (showsMetrics(text)) behind.push(path);
  }
  return { checks: [...checks, noneOf(name, behind, 4)], unmeasured: [] };
}

/** Checks that refuse a header which is present, blinded by too many or by doubled headers. */
export const headers: Attack = {
  name: "headers",
  isQuick: true,
  pages: "matter",
  run: async (target) => {
    const { broken, tried } = await blindGuards(target);
    const metrics = await metricsOfStrangers(target);
    const checks = [noneOf("no guard is blinded", broken, tried), await tooLarge(target), ...metrics.checks];
    return { checks, unmeasured: metrics.unmeasured };
  },
};
