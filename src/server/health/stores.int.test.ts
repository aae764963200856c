import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:https";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import { freePort, plainEnvironment, runProgram, waitUntil } from "@weir/embedded/processes";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { notesForFeatures, prepareTestNodes, type TestNode } from "@/dev/test-node";
import { createNotesDatabase } from "@/dev/notes/test-notes";

const bundles = openBundles();
let startNode: Awaited<ReturnType<typeof prepareTestNodes>>;
let database: TestDatabase;
let program: string;
let folder: string;
beforeAll(async () => {
  startNode = await prepareTestNodes(bundles);
  program = await bundles.add(new URL("../../main.ts", import.meta.url), notesForFeatures);
  database = await createNotesDatabase();
  folder = mkdtempSync(join(tmpdir(), "weir-stores-"));
}, 60_000);
afterAll(async () => {
  await database.drop();
  bundles.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A Redis or a Sentinel of its own for one test. */
async function startServer(binary: string, port: number, args: readonly string[], password?: string): Promise<number> {
  const child = spawn(binary, args, { stdio: "ignore", cwd: folder });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const redis = new Redis({ port, ...(password === undefined ? {} : { password }), retryStrategy: () => 20 });
  redis.on("error", () => undefined);
  await waitUntil(
    () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    10_000,
    20,
  );
  redis.disconnect();
  if (child.pid === undefined) throw new Error(`${binary} did not start.`);
  return child.pid;
}

const startRedis = async (settings: readonly string[] = [], password?: string) => {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...settings];
  const pid = await startServer("redis-server", port, args, password);
  return { port, pid, url: `redis://127.0.0.1:${port}` };
};

const parts = async ({
  origin,
}: TestNode): Promise<{ state: string; parts: Record<string, { state: string; reason?: string }> }> =>
  (await fetch(`${origin}/readyz`)).json() as Promise<{
    state: string;
    parts: Record<string, { state: string; reason?: string }>;
  }>;
const stateOf = async (node: TestNode): Promise<string> => (await parts(node)).state;

describe("a misconfigured Redis stops the start with one line", () => {
  const startWith = async (variables: Record<string, string>) => {
    const env = {
      ...plainEnvironment,
      PORT: "0",
      DATABASE_URL: database.url,
      REDIS_URL: inject("redisUrl"),
      QUEUE_REDIS_URL: inject("queueRedisUrl"),
      KEY_PREFIX: testPrefix(),
      AUTH_SECRET: "a secret of the tests with 32 characters",
      ...variables,
    };
    const { code, output } = await runProgram(process.execPath, [program, "--role", "api"], { env, timeoutMs: 60_000 });
    return { code, lines: output.split("\n").filter((line) => line !== "") };
  };

  test.each(["REDIS_URL", "QUEUE_REDIS_URL"])(
    "%s with a wrong password, or without the one it needs",
    async (name) => {
      const { url } = await startRedis(["--requirepass", "right"], "right");
      const wrong = await startWith({ [name]: url.replace("//", "//:wr0ng@") });
      expect(wrong.code).toBe(1);
      expect(wrong.lines.join("\n")).toMatch(new RegExp(`^\\S*\\s*${name}: WRONGPASS`, "mu"));
      expect(wrong.lines.join("\n")).not.toContain("wr0ng");
      expect(wrong.lines.join("\n")).not.toMatch(/^ +at /mu);
      const missing = await startWith({ [name]: url });
      expect(missing.code).toBe(1);
      expect(missing.lines.join("\n")).toMatch(new RegExp(`${name}: NOAUTH`, "u"));
    },
    120_000,
  );

  test("an unknown host", async () => {
    const { code, lines } = await startWith({ REDIS_URL: "redis://nowhere.invalid:6379" });
    expect(code).toBe(1);
    expect(lines.join("\n")).toMatch(/REDIS_URL: getaddrinfo ENOTFOUND nowhere\.invalid/u);
  }, 60_000);

  test("a certificate of an unknown authority", async () => {
    const port = await freePort();
    const server = createServer({ key: selfSigned.key, cert: selfSigned.certificate }).listen(port, "127.0.0.1");
    onTestFinished(() => void server.close());
    const { code, lines } = await startWith({ QUEUE_REDIS_URL: `rediss://localhost:${port}` });
    expect(code).toBe(1);
    expect(lines.join("\n")).toMatch(/QUEUE_REDIS_URL: .*certificate/u);
  }, 60_000);
});

test("a node starts degraded while Redis refuses connections, logs one line, and recovers", async () => {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const node = await startNode({
    databaseUrl: database.url,
    keyPrefix: testPrefix(),
    env: { REDIS_URL: url, QUEUE_REDIS_URL: url, METRICS_TOKEN: "a token of the tests" },
  });
  onTestFinished(() => node.stop());
  expect(await parts(node)).toMatchObject({
    state: "degraded",
    parts: { cache: { state: "down", reason: "unreachable" }, queue: { state: "down", reason: "unreachable" } },
  });
  const said = (): number => node.output().split(`connect ECONNREFUSED 127.0.0.1:${port}`).length - 1;
  // The log arrives by a pipe of its own.
  await expect.poll(said, { timeout: 10_000 }).toBe(2);
  const metrics = await (
    await fetch(`${node.origin}/metrics`, { headers: { authorization: "Bearer a token of the tests" } })
  ).text();
  expect(metrics).toMatch(/weir_redis_breaker_open\{connection="cache"\} 1/u);
  await startServer("redis-server", port, ["--port", String(port), "--save", "", "--dir", folder]);
  await waitUntil(async () => (await stateOf(node)) === "ready", 30_000, 50);
  expect(said()).toBe(2);
}, 120_000);

test("a queue Redis that evicts is degraded and named", async () => {
  const { url } = await startRedis(["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]);
  const node = await startNode({ databaseUrl: database.url, keyPrefix: testPrefix(), env: { QUEUE_REDIS_URL: url } });
  onTestFinished(() => node.stop());
  expect(await parts(node)).toMatchObject({
    state: "degraded",
    parts: { queue: { state: "degraded", reason: "evicts keys" } },
  });
  await expect
    .poll(node.output, { timeout: 10_000 })
    .toMatch(/QUEUE_REDIS_URL\) is degraded: Its maxmemory-policy is allkeys-lru/u);
}, 60_000);

test("one server that evicts nothing works for both", async () => {
  const { url } = await startRedis(["--maxmemory", "64mb", "--maxmemory-policy", "noeviction"]);
  const node = await startNode({
    databaseUrl: database.url,
    keyPrefix: testPrefix(),
    env: { REDIS_URL: url, QUEUE_REDIS_URL: url },
  });
  onTestFinished(() => node.stop());
  await waitUntil(async () => (await stateOf(node)) === "ready", 10_000, 50);
  expect(await stateOf(node)).toBe("ready");
}, 60_000);

test("the connection to a demoted primary is dropped, reported once, and restored when it is promoted", async () => {
  const { url, port } = await startRedis();
  const other = await startRedis();
  const node = await startNode({
    databaseUrl: database.url,
    keyPrefix: testPrefix(),
    env: { REDIS_URL: url, QUEUE_REDIS_URL: url },
  });
  onTestFinished(() => node.stop());
  const admin = new Redis({ port });
  onTestFinished(() => admin.disconnect());
  await waitUntil(async () => (await stateOf(node)) === "ready", 10_000, 50);
  await admin.replicaof("127.0.0.1", other.port);
  await waitUntil(
    async () => {
      const seen = await parts(node);
      return seen.parts["cache"]?.state === "down" && seen.parts["queue"]?.state === "down";
    },
    30_000,
    50,
  );
  expect((await parts(node)).parts).toMatchObject({ cache: { reason: "read-only" }, queue: { reason: "read-only" } });
  const told = (): number => node.output().split("is down: READONLY").length - 1;
  await expect.poll(told, { timeout: 10_000 }).toBe(2);
  const connected = async (): Promise<number> =>
    Number(/total_connections_received:(\d+)/u.exec(await admin.info("stats"))?.[1]);
  const before = { connections: await connected(), atMs: performance.now() };
  await waitUntil(() => Promise.resolve(performance.now() - before.atMs > 5_000), 10_000, 100);
  // Four connections, each at most once a second.
  expect((await connected()) - before.connections).toBeLessThan(25);
  await admin.replicaof("NO", "ONE");
  await waitUntil(async () => (await stateOf(node)) === "ready", 30_000, 50);
  expect(told()).toBe(2);
}, 120_000);

test("behind Sentinels, the node follows a failover", async () => {
  const [primary, replica] = [await startRedis(), await startRedis()];
  const admin = new Redis({ port: replica.port });
  onTestFinished(() => admin.disconnect());
  await admin.replicaof("127.0.0.1", primary.port);
  const sentinel = await freePort();
  const config = join(folder, `sentinel-${sentinel}.conf`);
  writeFileSync(
    config,
    `port ${sentinel}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor main 127.0.0.1 ${primary.port} 1\nsentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n`,
  );
  await startServer("redis-sentinel", sentinel, [config]);
  const watcher = new Redis({ port: sentinel });
  onTestFinished(() => watcher.disconnect());
  await waitUntil(
    async () => ((await watcher.call("SENTINEL", "replicas", "main")) as unknown[]).length === 1,
    30_000,
    100,
  );
  const url = `redis+sentinel://127.0.0.1:${sentinel}/main`;
  const node = await startNode({
    databaseUrl: database.url,
    keyPrefix: testPrefix(),
    env: { REDIS_URL: url, QUEUE_REDIS_URL: url },
  });
  onTestFinished(() => node.stop());
  await waitUntil(async () => (await stateOf(node)) === "ready", 10_000, 50);
  // Frozen, not killed: its connections stay open.
  process.kill(primary.pid, "SIGSTOP");
  onTestFinished(() => void process.kill(primary.pid, "SIGCONT"));
  await waitUntil(async () => (await admin.role())[0] === "master", 60_000, 100);
  await waitUntil(async () => (await stateOf(node)) === "ready" && (await admin.dbsize()) > 0, 30_000, 100);
  expect(await stateOf(node)).toBe("ready");
  expect(await admin.dbsize()).toBeGreaterThan(0);
}, 180_000);

/** A self-signed certificate for localhost, valid for a hundred years. */
const selfSigned = {
  key: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIJZmxH8XZZq21Ztl4R7GrDz1gc1PhCLGl6osMNLeMEtMoAoGCCqGSM49
AwEHoUQDQgAEazaFzMMG/iAfSEQbh5LK3dsWwyHhUddTqwBRedEKr08We6F6BMWA
Ek5jteCB5iht/WH/1pvWAb1/KoCcTC8cYw==
-----END EC PRIVATE KEY-----`,
  certificate: `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUIkAEvIPQl3XgQputbk5c0RR++eAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDIxNDU1NVoYDzIxMjYxMTA2
MjE0NTU1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARrNoXMwwb+IB9IRBuHksrd2xbDIeFR11OrAFF50QqvTxZ7oXoExYAS
TmO14IHmKG39Yf/Wm9YBvX8qgJxMLxxjo2kwZzAdBgNVHQ4EFgQUwvTWE0wsvWf2
HBgl0cl5KaZr93owHwYDVR0jBBgwFoAUwvTWE0wsvWf2HBgl0cl5KaZr93owDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAK006GDRSHjiw9Q2IM8XAv8tNmxN6HCYyP2QWxkbXx6DAiEA9i9qa32H
JipA1mf2xfFAaR1sNdOhcfbBuaWMnZ+Mbio=
-----END CERTIFICATE-----`,
};
