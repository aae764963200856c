import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findRedis } from "./find-redis";
import { launchOnFreePort, type RunningService } from "./launch-server";
import { endProcess, processFolder, processIsAlive, waitUntil } from "./processes";
import { explainFullDisk, ServiceError } from "./service-error";
import type { InstallOptions } from "./system-packages";
import type { RunAs } from "./system-user";

/** The cache evicts entries when it is full; the queue evicts nothing and keeps a log on disk. */
export type RedisRole = "cache" | "queue";

export type StartRedisOptions = {
  role: RedisRole;
  /** Folder for its data, which `user` may enter. */
  home: string;
  /** Folder for its log. */
  dataDir: string;
  user: RunAs;
  preferredPort: number | undefined;
  install: InstallOptions;
};

const roleSettings: Record<RedisRole, string[]> = {
  cache: ["appendonly no", "maxmemory 256mb", "maxmemory-policy volatile-lfu"],
  queue: ["appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"],
};

/**
 * Starts a Redis server in `<home>/redis-<role>`, on 127.0.0.1, or takes over the one that already runs there. Resolves when
 * it is ready. Rejects with a ServiceError.
 */
export async function startRedis(options: StartRedisOptions): Promise<RunningService> {
  const { role, home, dataDir, user } = options;
  const folder = join(home, `redis-${role}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const running = await findRunning(role, folder);
  if (running !== null) return running;

  const binary = await findRedis(options.install);
  const logFile = join(dataDir, `redis-${role}.log`);
  const launched = await launchOnFreePort(options.preferredPort, (port) => ({
    file: binary.path,
    args: [writeConfiguration(role, folder, port)],
    // Debian's redis-check-rdb becomes the server under this name.
    argv0: "redis-server",
    user,
    folder,
    logFile,
    isReady: async (pid) => (await servingProcess(port, folder)) === pid,
    timeoutMs: 60_000,
  }));
  if ("failure" in launched) {
    const error = new ServiceError(`The Redis ${role} did not start: ${launched.failure} (log: ${logFile})`);
    throw explainFullDisk(error, home);
  }
  const { pid, port } = launched;
  return { url: urlOf(port), port, pid, adopted: false, stop: () => stopServer(role, pid) };
}

const urlOf = (port: number): string => `redis://127.0.0.1:${port}`;

/** The process ID of the server on this port if `folder` is its working directory, else null. */
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
    const directory = await redis.config("GET", "dir");
    const same = JSON.stringify(directory).includes(JSON.stringify(folder));
    const pid = Number(/^process_id:(\d+)/mu.exec(info)?.[1]);
    return same && Number.isInteger(pid) ? pid : null;
  } catch {
    return null;
  } finally {
    redis.disconnect();
  }
}

async function stopServer(role: RedisRole, pid: number): Promise<void> {
  // On SIGTERM Redis flushes its log and exits, as with SHUTDOWN.
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

/** The server that an earlier owner left behind, identified by its process ID and working directory. */
async function findRunning(role: RedisRole, folder: string): Promise<RunningService | null> {
  const pid = readNumber(join(folder, "redis.pid"), /^(\d+)/u);
  const port = readNumber(join(folder, "redis.conf"), /^port (\d+)$/mu);
  if (pid === null || port === null) return null;
  const isServer = (): boolean => processIsAlive(pid) && [null, folder].includes(processFolder(pid));
  if (!isServer()) return null;
  const isReady = await waitUntil(async () => !isServer() || (await servingProcess(port, folder)) === pid, 10_000);
  if (!isServer()) return null;
  if (isReady) return { url: urlOf(port), port, pid, adopted: true, stop: () => stopServer(role, pid) };
  throw new ServiceError(
    `Process ${pid} uses the folder ${folder} but does not respond. If it is Redis, stop it with "kill ${pid}"; otherwise remove ${join(folder, "redis.pid")}.`,
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
