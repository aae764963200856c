import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findRedis } from "./find-redis";
import { writePrivateFile } from "./folder/private-files";
import { createService, launchOnPort, type PortChoice, type RunningService } from "./launch-server";
import { endProcess, mayRunIn, processIsAlive, waitUntil } from "./processes";
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
  password: string;
  preferredPort: number | undefined;
  install: InstallOptions;
};

const roleSettings: Record<RedisRole, string[]> = {
  cache: ["appendonly no", "maxmemory 256mb", "maxmemory-policy volatile-lfu"],
  queue: ["appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"],
};

/** A server of this folder. */
type Server = { pid: number; port: number };

/**
 * Starts a Redis server in `<home>/redis-<role>`, on 127.0.0.1, or takes over the one that already runs there. Resolves when
 * it is ready. Rejects with a ServiceError.
 */
export async function startRedis(options: StartRedisOptions): Promise<RunningService> {
  const { role, home, dataDir, user, password } = options;
  const folder = join(home, `redis-${role}`);
  const logFile = join(dataDir, `redis-${role}.log`);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);

  async function start(choice: PortChoice, isCancelled?: () => boolean): Promise<Server> {
    // A restart installs nothing: the program was there before.
    const binary = await findRedis(choice.isFixed ? undefined : options.install);
    const prepare = (port: number) => {
      writePrivateFile(join(folder, portFile), `${port}\n`, user);
      rmSync(join(folder, oldFile), { force: true });
      return {
        file: binary.path,
        // Not a file: Redis treats the name of its configuration as a pattern, and no file contains the password.
        args: ["-"],
        input: configuration(role, port, password),
        // Debian's redis-check-rdb becomes the server under this name.
        argv0: "redis-server",
        user,
        folder,
        logFile,
        isReady: async (pid: number) => (await servingProcess({ port, password }, folder))?.pid === pid,
        timeoutMs: 60_000,
      };
    };
    const launched = await launchOnPort(choice, prepare, isCancelled);
    if (!("failure" in launched)) return launched;
    const error = new ServiceError(`The Redis ${role} did not start: ${launched.failure} (log: ${logFile})`);
    throw explainFullDisk(error, home);
  }

  const running = await findRunning(options, folder);
  const { pid, port } = running ?? (await start({ preferred: options.preferredPort, isFixed: false }));
  return createService({
    url: urlOf({ port, password }),
    port,
    pid,
    adopted: running !== null,
    logFile,
    startAgain: async (isCancelled) => (await start({ preferred: port, isFixed: true }, isCancelled)).pid,
    end: (current) => stopServer(role, current),
  });
}

type Access = { port: number; password: string };

const urlOf = ({ port, password }: Access): string => `redis://:${password}@127.0.0.1:${port}`;

type Serving = {
  pid: number;
  /** False for the server of an earlier version, which admits every account of the machine. */
  requiresPassword: boolean;
};

/** The server on this port if `folder` is its working directory, else null. */
async function servingProcess(access: Access, folder: string): Promise<Serving | null> {
  const redis = new Redis(urlOf(access), {
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
    const directory = JSON.stringify(await redis.config("GET", "dir"));
    const password = JSON.stringify(await redis.config("GET", "requirepass"));
    const pid = Number(/^process_id:(\d+)/mu.exec(info)?.[1]);
    if (!directory.includes(JSON.stringify(folder)) || !Number.isInteger(pid)) return null;
    return { pid, requiresPassword: password.includes(access.password) };
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

/** Beside the PID file, which Redis writes itself. */
const portFile = "redis.port";
/** Where earlier versions kept the port. */
const oldFile = "redis.conf";

function readNumber(file: string, pattern: RegExp): number | null {
  try {
    const [, found] = pattern.exec(readFileSync(file, "utf8")) ?? [];
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}

/**
 * The server that an earlier owner left behind, identified by its process ID and working directory. Stops one that admits
 * clients without the password.
 */
async function findRunning({ role, user, password }: StartRedisOptions, folder: string): Promise<Server | null> {
  const pid = readNumber(join(folder, "redis.pid"), /^(\d+)/u);
  const isServer = (): boolean => pid !== null && processIsAlive(pid) && mayRunIn(folder, user.uid, pid);
  if (pid === null || !isServer()) return null;
  const port = readNumber(join(folder, portFile), /^(\d+)/u) ?? readNumber(join(folder, oldFile), /^port (\d+)$/mu);
  const found: { serving: Serving | null } = { serving: null };
  if (port !== null) {
    await waitUntil(async () => {
      found.serving = isServer() ? await servingProcess({ port, password }, folder) : null;
      return !isServer() || found.serving?.pid === pid;
    }, 10_000);
  }
  if (!isServer()) return null;
  if (port === null || found.serving?.pid !== pid) {
    throw new ServiceError(
      `Process ${pid} uses the folder ${folder} but does not respond to its password. If it is Redis, stop it with "kill ${pid}"; otherwise remove ${join(folder, "redis.pid")}.`,
    );
  }
  if (found.serving.requiresPassword) return { pid, port };
  await stopServer(role, pid);
  return null;
}

/** Paths are relative to the working directory, because Redis' quoting differs from that of every other program. */
function configuration(role: RedisRole, port: number, password: string): string {
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `requirepass ${password}`,
    "daemonize no",
    "dir .",
    "pidfile redis.pid",
    'save ""',
    ...roleSettings[role],
  ];
  return `${lines.join("\n")}\n`;
}
