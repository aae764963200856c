import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { launchOnFreePort } from "./launch-server";
import type { RunningService } from "./postgres";
import { endProcess, processFolder, processIsAlive } from "./process-info";
import type { Log } from "./redis-binary";
import { findRedis } from "./redis-binary";
import { explainFullDisk, ServiceError } from "./service-error";
import type { RunAs } from "./system-user";
import { waitUntil } from "./wait-until";

/** The cache may forget what it must; the queue forgets nothing and keeps a log on disk. */
export type RedisRole = "cache" | "queue";

export type StartRedisOptions = {
  role: RedisRole;
  /** Where its data goes: a folder that `user` may enter. */
  home: string;
  /** Where its log goes. */
  dataDir: string;
  user: RunAs;
  preferredPort: number | undefined;
  log: Log;
};

const roleSettings: Record<RedisRole, string[]> = {
  cache: ["appendonly no", "maxmemory 256mb", "maxmemory-policy volatile-lfu"],
  queue: ["appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"],
};

const urlOf = (port: number): string => `redis://127.0.0.1:${port}`;

/** The process id of the server on this port when it is the one that works in `folder`, else null. */
async function servingProcess(port: number, folder: string): Promise<number | null> {
  const redis = new Redis(urlOf(port), {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 2000,
    commandTimeout: 2000,
  });
  redis.on("error", () => {});
  try {
    await redis.connect();
    const info = await redis.info("server");
    const worksIn = await redis.config("GET", "dir");
    const same = JSON.stringify(worksIn).includes(JSON.stringify(folder));
    const pid = Number(/^process_id:(\d+)/mu.exec(info)?.[1]);
    return same && Number.isInteger(pid) ? pid : null;
  } catch {
    return null;
  } finally {
    redis.disconnect();
  }
}

async function stopServer(role: RedisRole, pid: number): Promise<void> {
  // On SIGTERM Redis does what SHUTDOWN does: it writes its log out and ends.
  const stopped = await endProcess(pid, [
    { signal: "SIGTERM", withinMs: 10_000 },
    { signal: "SIGKILL", withinMs: 5000 },
  ]);
  if (!stopped) throw new ServiceError(`The Redis ${role} (process ${pid}) did not stop.`);
}

function readNumber(file: string, pattern: RegExp): number | null {
  try {
    const [, found] = pattern.exec(readFileSync(file, "utf8")) ?? [];
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}

/** The server an earlier owner left behind in this folder, recognised by its process and its working folder. */
async function findRunning(role: RedisRole, folder: string): Promise<RunningService | null> {
  const pid = readNumber(join(folder, "redis.pid"), /^(\d+)/u);
  const port = readNumber(join(folder, "redis.conf"), /^port (\d+)$/mu);
  if (pid === null || port === null) return null;
  const stands = (): boolean => processIsAlive(pid) && [null, folder].includes(processFolder(pid));
  if (!stands()) return null;
  const answers = await waitUntil(async () => !stands() || (await servingProcess(port, folder)) === pid, 10_000);
  if (!stands()) return null;
  if (answers) return { url: urlOf(port), port, pid, adopted: true, stop: () => stopServer(role, pid) };
  throw new ServiceError(
    `Process ${pid} holds the folder ${folder} but does not answer. If it is Redis, end it with "kill ${pid}"; else remove ${join(folder, "redis.pid")}.`,
  );
}

function writeConfiguration(role: RedisRole, folder: string, port: number): string {
  const file = join(folder, "redis.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    "daemonize no",
    `dir ${JSON.stringify(folder)}`,
    `pidfile ${JSON.stringify(join(folder, "redis.pid"))}`,
    'save ""',
    ...roleSettings[role],
  ];
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o644 });
  return file;
}

/**
 * One Redis server in `<home>/redis-<role>`, on loopback: the one that already runs there, else a new one.
 * Resolves when it answers. Fails with a ServiceError of one line.
 */
export async function startRedis(options: StartRedisOptions): Promise<RunningService> {
  const { role, home, dataDir, user } = options;
  const folder = join(home, `redis-${role}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const running = await findRunning(role, folder);
  if (running !== null) return running;

  const binary = await findRedis(options.log);
  const logFile = join(dataDir, `redis-${role}.log`);
  const launched = await launchOnFreePort(options.preferredPort, (port) => ({
    file: binary.path,
    args: [writeConfiguration(role, folder, port)],
    // Debian's redis-check-rdb is the server when it is called so.
    argv0: "redis-server",
    user,
    folder,
    logFile,
    answers: async (pid) => (await servingProcess(port, folder)) === pid,
    withinMs: 60_000,
  }));
  if ("failure" in launched) {
    const error = new ServiceError(`The Redis ${role} did not start: ${launched.failure} (log: ${logFile})`);
    throw explainFullDisk(error, home);
  }
  const { pid, port } = launched;
  return { url: urlOf(port), port, pid, adopted: false, stop: () => stopServer(role, pid) };
}
