import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endProcess, processIsAlive } from "./processes";
import { ServiceError } from "./service-error";
import { readServicesState, type Services, startServices } from "./services";

const all = { postgres: true, cache: true, queue: true };

let dataDir: string;
const started: Services[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "weir-services-"));
  chmodSync(dataDir, 0o755);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((services) => services.close()));
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(options: { durable?: boolean; log?: (line: string) => void } = {}): Promise<Services> {
  const services = await startServices({ dataDir, need: all, durable: false, ...options });
  started.push(services);
  return services;
}

async function ask<Row extends postgres.Row>(services: Services, statement: string): Promise<Row | undefined> {
  const sql = postgres(services.databaseUrl ?? "", { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql.unsafe<Row[]>(statement);
    return row;
  } finally {
    await sql.end();
  }
}

async function askRedis<Result>(url: string | null, work: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url ?? "");
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Another process that owns the folder, once its services are ready. */
async function startOwner(): Promise<{ pid: number; urls: string[]; ended: Promise<number | null> }> {
  const program = join(import.meta.dirname, "test-owner.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program, dataDir], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve) => void child.once("exit", (code) => resolve(code)));
  const urls: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    urls.push(line);
    if (urls.length === 3) break;
  }
  if (child.pid === undefined) throw new Error("The process did not start.");
  return { pid: child.pid, urls, ended };
}

test("each service has the settings of its purpose, and listens on this machine only", async () => {
  const services = await start();
  const settings = await ask(
    services,
    `select current_setting('max_connections') as connections, current_setting('listen_addresses') as listens,
            current_setting('shared_preload_libraries') as libraries, current_setting('fsync') as fsync`,
  );
  expect(settings).toEqual({ connections: "200", listens: "127.0.0.1", libraries: "pg_stat_statements", fsync: "off" });
  const policy = (redis: Redis): Promise<unknown> => redis.config("GET", "maxmemory-policy", "appendonly", "bind");
  expect(JSON.stringify(await askRedis(services.redisUrl, policy))).toMatch(
    /(?=.*volatile-lfu)(?=.*"no")(?=.*127\.0\.0\.1)/,
  );
  expect(JSON.stringify(await askRedis(services.queueRedisUrl, policy))).toMatch(/(?=.*noeviction)(?=.*"yes")/);
});

test("only the requested services are started", async () => {
  const services = await startServices({ dataDir, need: { postgres: false, cache: true, queue: false } });
  started.push(services);
  expect(services).toMatchObject({ databaseUrl: null, queueRedisUrl: null });
  expect(services.pids).toHaveLength(1);
});

test("a start that requests nothing leaves the folder to its owner", async () => {
  await start();
  const nothing = await startServices({ dataDir, need: { postgres: false, cache: false, queue: false } });
  expect(nothing).toMatchObject({ databaseUrl: null, redisUrl: null, queueRedisUrl: null, pids: [] });
  await nothing.close();
  expect(readdirSync(dataDir)).toContain("owner.json");
});

test("the state file lists the services while they run", async () => {
  const services = await start();
  expect(await readServicesState(dataDir)).toMatchObject({
    ownerPid: process.pid,
    postgres: { url: services.databaseUrl, pid: services.pids[0] },
    cache: { url: services.redisUrl, pid: services.pids[1] },
    queue: { url: services.queueRedisUrl, pid: services.pids[2] },
  });
  await services.close();
  expect(await readServicesState(dataDir)).toBeNull();
  expect(services.pids.map(processIsAlive)).toEqual([false, false, false]);
});

test("a second start on the folder is refused while the first one's services run on", async () => {
  const services = await start();
  await expect(start()).rejects.toThrow(ServiceError);
  await expect(start()).rejects.toThrow(`in use by process ${process.pid}`);
  expect(services.pids.map(processIsAlive)).toEqual([true, true, true]);
});

test("closing twice has no further effect", async () => {
  const services = await start();
  await Promise.all([services.close(), services.close()]);
  expect(readdirSync(dataDir)).not.toContain("owner.json");
});

test("tables and queue survive a restart", async () => {
  const first = await start();
  await ask(first, "create table kept as select 7 as seven");
  await askRedis(first.queueRedisUrl, (redis) => redis.set("kept", "seven"));
  await first.close();
  const second = await start();
  expect(await ask(second, "select seven from kept")).toEqual({ seven: 7 });
  expect(await askRedis(second.queueRedisUrl, (redis) => redis.get("kept"))).toBe("seven");
});

test("after services were killed close resolves, and the next start recovers their data", async () => {
  const first = await start({ durable: true });
  await ask(first, "create table kept as select 7 as seven");
  await Promise.all(first.pids.map((pid) => endProcess(pid, [{ signal: "SIGKILL", withinMs: 5000 }])));
  await first.close();
  const second = await start();
  expect(await ask(second, "select seven from kept")).toEqual({ seven: 7 });
});

test("services whose owner was killed are found, used again, and stopped by close", async () => {
  const owner = await startOwner();
  const before = await readServicesState(dataDir);
  await endProcess(owner.pid, [{ signal: "SIGKILL", withinMs: 5000 }]);
  await owner.ended;

  const lines: string[] = [];
  const services = await start({ log: (line) => lines.push(line) });
  expect(owner.urls).toEqual([services.databaseUrl, services.redisUrl, services.queueRedisUrl]);
  expect(services.pids).toEqual([before?.postgres?.pid, before?.cache?.pid, before?.queue?.pid]);
  expect(lines.filter((line) => line.includes("still running"))).toHaveLength(3);
  await services.close();
  expect(services.pids.map(processIsAlive)).toEqual([false, false, false]);
});
