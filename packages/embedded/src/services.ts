import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { cleanUpOnDeath } from "./cleanup-on-death";
import { openDataFolder, serviceHome } from "./data-folder";
import type { RunningService } from "./launch-server";
import { startPostgres } from "./postgres";
import { startRedis, type RedisRole } from "./redis";
import { explainFullDisk } from "./service-error";
import type { InstallPolicy } from "./system-packages";
import { servicesUser } from "./system-user";

export type StartServicesOptions = {
  /** Contains all data of the services; created if missing. One process at a time owns it. */
  dataDir: string;
  need: { postgres: boolean; cache: boolean; queue: boolean };
  /** Called with one line about each step that takes long or is worth knowing. */
  log?: (line: string) => void;
  /** Whether a missing Redis may be installed; announced through `log`. Default `never`. */
  install?: InstallPolicy;
  /** False for throwaway data: Postgres then skips its protection against power loss. Default true. */
  durable?: boolean;
};

export type Services = {
  /** Null for a service that was not requested. */
  databaseUrl: string | null;
  redisUrl: string | null;
  queueRedisUrl: string | null;
  pids: number[];
  /** Stops the services that this call started or took over, and releases the folder. May be called again. */
  close: () => Promise<void>;
};

/**
 * Starts Postgres and the two Redis servers on a data folder, on free ports of 127.0.0.1. Services that a dead owner left
 * running on the folder are verified, used again, and stopped by `close` like the others. No other process is ever
 * stopped. Requesting none leaves the folder alone. Rejects with a ServiceError and then leaves nothing running.
 */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const { need, log = () => {}, install = "never", durable = true } = options;
  if (!need.postgres && !need.cache && !need.queue) {
    return { databaseUrl: null, redisUrl: null, queueRedisUrl: null, pids: [], close: async () => {} };
  }
  const folder = openDataFolder(options.dataDir);
  const dataDir = folder.path;
  const running: RunningService[] = [];
  let closing: Promise<void> | null = null;

  const stopAll = async (): Promise<void> => {
    const results = await Promise.allSettled(running.map((service) => service.stop()));
    removeServicesState(dataDir);
    folder.release();
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason as unknown; // The type of a rejection's reason is any.
  };

  const note = (service: RunningService, name: string): RunningService => {
    running.push(service);
    if (service.adopted) log(`Found ${name} still running (process ${service.pid}); using it again.`);
    return service;
  };

  try {
    const user = await servicesUser();
    const home = await serviceHome({ user, dataDir, fallback: durable ? "/var/lib/weir" : null, log });
    const ports = await readPorts(dataDir);
    const redis = async (role: RedisRole): Promise<RunningService> =>
      note(
        await startRedis({ role, home, dataDir, user, preferredPort: ports[role], install: { policy: install, log } }),
        `the Redis ${role}`,
      );
    const database = need.postgres
      ? note(await startPostgres({ home, dataDir, user, preferredPort: ports.postgres, durable }), "Postgres")
      : null;
    const cache = need.cache ? await redis("cache") : null;
    const queue = need.queue ? await redis("queue") : null;
    writePorts(dataDir, {
      ...ports,
      ...(database && { postgres: database.port }),
      ...(cache && { cache: cache.port }),
      ...(queue && { queue: queue.port }),
    });
    const state = (service: RunningService | null) =>
      service && { url: service.url, pid: service.pid, port: service.port };
    writeServicesState(dataDir, {
      ownerPid: process.pid,
      postgres: state(database),
      cache: state(cache),
      queue: state(queue),
    });
    return {
      databaseUrl: database?.url ?? null,
      redisUrl: cache?.url ?? null,
      queueRedisUrl: queue?.url ?? null,
      pids: running.map((service) => service.pid),
      close: () => (closing ??= stopAll()),
    };
  } catch (error) {
    await stopAll().catch(() => {});
    throw explainFullDisk(error, dataDir);
  }
}

export type TemporaryServices = {
  /** A temporary folder, also for other files of the run. It is removed with the services. */
  folder: string;
  databaseUrl: string;
  redisUrl: string;
  queueRedisUrl: string;
  close: () => Promise<void>;
};

/**
 * Starts all three services on a new temporary folder, tuned for speed. `close` stops them and removes the folder; the same
 * happens when this process dies first.
 */
export async function startTemporaryServices({
  install = "never",
}: Pick<StartServicesOptions, "install"> = {}): Promise<TemporaryServices> {
  const folder = mkdtempSync(join(tmpdir(), "weir-"));
  // Postgres may run as another user, which must be able to enter.
  chmodSync(folder, 0o755);
  const cleanup = cleanUpOnDeath(folder);
  const remove = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    await cleanup.cancel();
  };
  try {
    const services = await startServices({
      dataDir: join(folder, "data"),
      need: { postgres: true, cache: true, queue: true },
      log: (line) => console.log(line),
      install,
      durable: false,
    });
    const { databaseUrl, redisUrl, queueRedisUrl } = services;
    const close = async (): Promise<void> => {
      await services.close();
      await remove();
    };
    if (databaseUrl !== null && redisUrl !== null && queueRedisUrl !== null) {
      return { folder, databaseUrl, redisUrl, queueRedisUrl, close };
    }
    await close();
    throw new Error("A requested service has no URL.");
  } catch (error) {
    await remove();
    throw error;
  }
}

const running = z.object({ url: z.string(), pid: z.int(), port: z.int() });

const stateSchema = z.object({
  /** The process that owns the data folder. */
  ownerPid: z.int(),
  postgres: running.nullable(),
  cache: running.nullable(),
  queue: running.nullable(),
});
/** The services that run on a data folder, on ports of 127.0.0.1. */
export type ServicesState = z.output<typeof stateSchema>;

const portsSchema = z.object({ postgres: z.int().optional(), cache: z.int().optional(), queue: z.int().optional() });
type Ports = z.output<typeof portsSchema>;

async function readJson<Value>(file: string, schema: z.ZodType<Value>): Promise<Value | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

/** Writes another file and renames it, so that a reader never sees part of it. */
function writeJson(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/**
 * Returns what the last start on this folder recorded; null when no service is running. After a crash of the owner it may
 * list services that are gone.
 */
export async function readServicesState(dataDir: string): Promise<ServicesState | null> {
  return readJson(join(dataDir, "services.json"), stateSchema);
}

function writeServicesState(dataDir: string, state: ServicesState): void {
  writeJson(join(dataDir, "services.json"), state);
}

function removeServicesState(dataDir: string): void {
  rmSync(join(dataDir, "services.json"), { force: true });
}

/** The ports of earlier starts: they are preferred, so that a URL stays valid across restarts. */
async function readPorts(dataDir: string): Promise<Ports> {
  return (await readJson(join(dataDir, "ports.json"), portsSchema)) ?? {};
}

function writePorts(dataDir: string, ports: Ports): void {
  writeJson(join(dataDir, "ports.json"), ports);
}
