import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, waitUntil } from "@weir/embedded/processes";
import { defaultConnectionLimits, drain, listen } from "@weir/trpc-node";
import { createMetricsServer } from "./metrics-door";
import { createHttpServer } from "./server";

async function* metrics() {
  yield "weir_build_info 1\n";
}

let own: Server;
let open: Server;
let closed: Server;
beforeAll(async () => {
  const publicServer = (metricsToken: string | undefined): Server =>
    createHttpServer({
      doors: { trpc: null, auth: null, pages: null, readSession: null, metrics },
      readiness: { state: "ready" },
      metricsToken,
      nextRequestId: () => "id",
    });
  own = createMetricsServer(() => metrics, defaultConnectionLimits);
  open = publicServer("a token of the tests");
  closed = publicServer(undefined);
  for (const server of [own, open, closed]) await listen(server, 0, "127.0.0.1");
});
afterAll(() => Promise.all([own, open, closed].map((server) => drain(server, { delayMs: 0, graceMs: 1_000 }))));

// A server that listens on a port has an address.
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function get(port: number, headers: Record<string, string> = {}, path = "/metrics") {
  const req = request({ port, host: "127.0.0.1", path, headers, agent: false }).end();
  const [res] = (await once(req, "response")) as [IncomingMessage];
  return { status: res.statusCode, body: await text(res) };
}

const token = { authorization: "Bearer a token of the tests" };

test("the public port shows metrics only with the token, from every address", async () => {
  expect(await get(portOf(open), token)).toEqual({ status: 200, body: "weir_build_info 1\n" });
  expect((await get(portOf(open), { ...token, "x-forwarded-for": "203.0.113.7" })).status).toBe(200);
  expect((await get(portOf(open))).status).toBe(403);
  const { status, body } = await get(portOf(closed), token);
  expect(status).toBe(403);
  expect(body).toMatch(/METRICS_TOKEN.*METRICS_PORT/);
});

test("the port of their own shows metrics to programs on this machine", async () => {
  expect(await get(portOf(own))).toEqual({ status: 200, body: "weir_build_info 1\n" });
  expect((await get(portOf(own), { host: "localhost" })).status).toBe(200);
  expect((await get(portOf(own), {}, "/metrics?x=1")).status).toBe(200);
  expect((await get(portOf(own), {}, "/")).status).toBe(404);
});

test.each([
  ["host", "rebound.example"],
  ["host", "localhost.evil.example"],
  ["host", "127.0.0.1.evil.example"],
  ["x-forwarded-for", "127.0.0.1"],
  ["x-forwarded-proto", "http"],
  ["x-real-ip", "127.0.0.1"],
  ["forwarded", "for=127.0.0.1"],
  ["via", "1.1 proxy"],
])("and to nothing that comes with %s: %s", async (name, value) => {
  expect((await get(portOf(own), { [name]: value })).status).toBe(403);
});

const nginx = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].find((file) => existsSync(file));

describe.skipIf(nginx === undefined)("behind an nginx on the same machine that adds no header", () => {
  let folder: string;
  let end: () => Promise<void>;
  let port: number;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-nginx-"));
    port = await freePort();
    const proxy = (listens: number, server: Server): string =>
      `server { listen 127.0.0.1:${listens}; location / { proxy_pass http://127.0.0.1:${portOf(server)}; } }`;
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const http = [...paths, "access_log off;", proxy(port, closed)].join("\n");
    const isRoot = process.getuid?.() === 0;
    const main = `${isRoot ? "user root;" : ""}\ndaemon off;\npid ${folder}/pid;\nerror_log ${folder}/error.log;`;
    writeFileSync(join(folder, "nginx.conf"), `${main}\nevents {}\nhttp {\n${http}\n}\n`);
    const child = spawn(nginx ?? "", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
    const ended = once(child, "exit");
    end = async () => {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    await waitUntil(async () => (await get(port, {}, "/healthz").catch(() => null)) !== null, 10_000);
  });
  afterAll(() => end());

  test("no client sees metrics", async () => {
    expect((await get(port, {}, "/healthz")).status).toBe(200);
    const claims: Record<string, string>[] = [{}, token, { host: "127.0.0.1" }, { "x-forwarded-for": "" }];
    for (const headers of claims) {
      expect((await get(port, headers)).status, JSON.stringify(headers)).toBe(403);
    }
    for (const path of ["/metrics/", "//metrics", "/%6detrics", "/metrics?x", "/./metrics"]) {
      expect((await get(port, {}, path)).body, path).not.toContain("weir_build_info");
    }
  });
});
