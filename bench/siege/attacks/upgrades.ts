import { runProgram, waitUntil } from "@weir/embedded/processes";
import { type Attack, type Check, type Unmeasured } from "../attack";
import { openSocket, portsOf } from "../client";
import { countConnections } from "../../process/connections";
import type { Target } from "../target";

const paths = [
  "/healthz",
  "/readyz",
  "/api/trpc/account.me",
  "/api/auth/sign-in/email",
  "/metrics",
  "/",
  "/admin",
  "/_next/hmr",
  "/_next/webpack-hmr",
  "/nowhere",
  "//nowhere",
  "http://127.0.0.1:9/",
  "/_next/static/nowhere",
] as const;
const kinds = [
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Connection: Upgrade\r\nUpgrade: anything",
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
] as const;

/** How long a server may take to close an upgrade: longer than an idle connection may stay open. */
const closesWithinMs = 9_000;

/**
 * Sends upgrade requests and then nothing, and keeps the own half of each connection open, so that only the server can end
 * it. Resolves with how many the server neither answered nor closed, how many connections it held on to, and how many were left when the
 * clients had gone.
 */
async function upgradeAll(target: Target, count: number): Promise<{ silent: number; kept: number; left: number }> {
  const attempts = Array.from({ length: count }, (_, index) => {
    const socket = openSocket(target.port, { allowHalfOpen: true });
    const state = { isOver: false };
    socket.on("data", () => (state.isOver = true));
    socket.on("end", () => (state.isOver = true));
    socket.on("close", () => (state.isOver = true));
    const path = paths[index % paths.length] ?? "/";
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${kinds[index % kinds.length] ?? ""}\r\n\r\n`);
    return { socket, state };
  });
  await waitUntil(() => attempts.every(({ socket }) => !socket.connecting), closesWithinMs);
  const ports = portsOf(attempts);
  const held = (): number => countConnections(target.port, ports);
  await waitUntil(() => attempts.every(({ state }) => state.isOver) && held() === 0, closesWithinMs);
  const silent = attempts.filter(({ state }) => !state.isOver).length;
  const kept = held();
  for (const { socket } of attempts) socket.destroy();
  await waitUntil(() => held() === 0, closesWithinMs);
  return { silent, kept, left: held() };
}

async function round(target: Target, when: string, count: number): Promise<Check[]> {
  const { silent, kept, left } = await upgradeAll(target, count);
  const { status } = await target.ask({ path: "/healthz" });
  return [
    {
      name: `${when}: every upgrade is answered or closed`,
      held: silent === 0,
      evidence: `${silent} of ${count} were neither`,
    },
    {
      name: `${when}: the server lets go of each connection`,
      held: kept === 0,
      evidence: `${kept} of ${count} kept while clients stay; ${left} after they left`,
    },
    { name: `${when}: it still serves`, held: status === 200, evidence: `/healthz ${status}` },
  ];
}

async function withCurl(target: Target): Promise<Check | Unmeasured> {
  const name = "curl --http2 is answered on a health path";
  const args = ["--http2", "--silent", "--max-time", "10", "--output", "/dev/null", "--write-out", "%{http_code}"];
  const { code, output } = await runProgram("/usr/bin/curl", [...args, `${target.origin}/healthz`]);
  if (code === null) return { name, reason: "curl is not installed" };
  return { name, held: code === 0 && output.trim() === "200", evidence: `exit ${code}, status ${output.trim()}` };
}

/** Requests to change the protocol, which nothing here speaks. */
export const upgrades: Attack = {
  name: "upgrades",
  isQuick: true,
  pages: "matter",
  run: async (target, scale) => {
    const count = scale === "quick" ? 60 : 300;
    const checks = await round(target, "before the first page", count);
    // Next opens its own listener with the first request for a page.
    await target.ask({ path: "/sign-in" });
    checks.push(...(await round(target, "after the first page", count)));
    const curl = await withCurl(target);
    return "held" in curl ? { checks: [...checks, curl], unmeasured: [] } : { checks, unmeasured: [curl] };
  },
};
