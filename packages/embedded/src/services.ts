import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { cleanUpOnDeath } from "./cleanup-on-death";
import { openDataFolder, serviceHome } from "./folder/data-folder";
import { ensurePasswords } from "./folder/passwords";
import { closeToOthers, writePrivateFile } from "./folder/private-files";
import type { RunningService } from "./launch-server";
import { startPostgres } from "./postgres/start";
import { startRedis } from "./redis";
import { explainFullDisk, messageOf } from "./service-error";
import type { InstallPolicy } from "./system-packages";
import { servicesUser } from "./system-user";
import {
  type ServiceName,
  serviceNames,
  type ServiceTrouble,
  serviceTroubleSchema,
  usualSettings,
  type Watch,
  type Watched,
  watchServices,
  type WatchSettings,
} from "./watch";

export type StartServicesOptions = {
  /** Contains all data of the services; created if missing. One process at a time owns it. */
  dataDir: string;
  need: { postgres: boolean; cache: boolean; queue: boolean };
  /** Called with one line about each step that takes long or is worth knowing. */
  log?: (line: string) => void;
  /** Whether a missing Redis may be installed; announced through `log`. Default `never`. */
  install?: InstallPolicy;
  /** Called with one line when a service dies, restarts or stays down, and when the disk fills up; `log` by default. */
  warn?: (line: string) => void;
  /** False for throwaway data: Postgres then skips its protection against power loss. Default true. */
  durable?: boolean;
  /** How services that die are restarted; null to leave them as they are. Restarts with a growing wait by default. */
  watch?: Partial<WatchSettings> | null;
};

export type Services = {
  /** With the password. Null for a service that was not requested. */
  databaseUrl: string | null;
  redisUrl: string | null;
  queueRedisUrl: string | null;
  /** Of the processes that run now: a restarted service has a new one. */
  readonly pids: number[];
  /** Stops the services that this call started or took over, and releases the folder. May be called again. */
  close: () => Promise<void>;
};

const labels: Readonly<Record<ServiceName, string>> = {
  postgres: "Postgres",
  cache: "The Redis cache",
  queue: "The Redis queue",
};

/**
 * Starts Postgres and the two Redis servers on a data folder, on free ports of 127.0.0.1, each with a password that only the
 * owner of the folder can read. Services that a dead owner left running on the folder are verified, used again, and stopped
 * by `close` like the others. A service that dies is restarted on its port. No other process is ever stopped. Requesting
 * none leaves the folder alone. Rejects with a ServiceError and then leaves nothing running.
 */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const { need, log = () => {}, warn = log, install = "never", durable = true, watch = {} } = options;
  const wanted = serviceNames.filter((name) => need[name]);
  if (wanted.length === 0) {
    return { databaseUrl: null, redisUrl: null, queueRedisUrl: null, pids: [], close: async () => {} };
  }
  const folder = openDataFolder(options.dataDir);
  const dataDir = folder.path;
  const running = new Map<ServiceName, RunningService>();
  let watching: Watch | null = null;
  let closing: Promise<void> | null = null;

  const stopAll = async (): Promise<void> => {
    await watching?.stop();
    const results = await Promise.allSettled([...running.values()].map((service) => service.stop()));
    removeServicesState(dataDir);
    folder.release();
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason as unknown; // The type of a rejection's reason is any.
  };

  const writeState = (troubles: ServiceTrouble[], freeBytes: number | null): void => {
    const stateOf = (name: ServiceName) => {
      const service = running.get(name);
      return service === undefined ? null : { url: service.url, pid: service.pid, port: service.port };
    };
    writeServicesState(dataDir, {
      ownerPid: process.pid,
      postgres: stateOf("postgres"),
      cache: stateOf("cache"),
      queue: stateOf("queue"),
      troubles,
      freeBytes,
    });
  };

  try {
    closeOldFiles(dataDir, log);
    const user = await servicesUser();
    const home = await serviceHome({ user, dataDir, fallback: durable ? "/var/lib/weir" : null, log });
    const passwords = ensurePasswords(dataDir, log);
    const ports = await readPorts(dataDir);
    const start = (name: ServiceName): Promise<RunningService> => {
      const shared = { home, dataDir, user, password: passwords[name], preferredPort: ports[name] };
      return name === "postgres"
        ? startPostgres({ ...shared, durable, log })
        : startRedis({ ...shared, role: name, install: { policy: install, log } });
    };
    for (const name of wanted) {
      const service = await start(name);
      running.set(name, service);
      if (service.adopted) log(`${labels[name]} is still running (process ${service.pid}) and is used again.`);
    }
    writePorts(dataDir, { ...ports, ...Object.fromEntries([...running].map(([name, { port }]) => [name, port])) });
    writeState([], null);
    if (watch !== null) {
      watching = watchServices({
        services: [...running].map(([name, service]): Watched => ({ name, label: labels[name], service })),
        home,
        isOwned: folder.isOwned,
        log: warn,
        onChange: (troubles, freeBytes) => {
          // On a full disk the state cannot be written; the log has the error.
          try {
            writeState(troubles, freeBytes);
          } catch (error) {
            if (explainFullDisk(error, dataDir) === error) warn(`${dataDir}: ${messageOf(error)}`);
          }
        },
        settings: { ...usualSettings, ...watch },
      });
    }
    return {
      databaseUrl: running.get("postgres")?.url ?? null,
      redisUrl: running.get("cache")?.url ?? null,
      queueRedisUrl: running.get("queue")?.url ?? null,
      get pids() {
        return [...running.values()].map((service) => service.pid);
      },
      close: () => (closing ??= stopAll()),
    };
  } catch (error) {
    await stopAll().catch(() => {});
    throw explainFullDisk(error, dataDir);
  }
}

/** Files with secrets, and logs, which contain statements. Earlier versions, and copies of the folder, left them readable. */
function closeOldFiles(dataDir: string, log: (line: string) => void): void {
  const secrets = ["auth-secret", "passwords.json", "services.json"];
  const logs = ["postgres.log", "redis-cache.log", "redis-queue.log"].flatMap((name) => [name, `${name}.previous`]);
  const opened = [...secrets, ...logs].filter((name) => closeToOthers(join(dataDir, name)));
  if (opened.length > 0) log(`Other accounts could read ${opened.join(", ")} in ${dataDir}; they no longer can.`);
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
  // The services may run as another user, which must be able to pass through.
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
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
      // A service killed by a test stays down.
      watch: null,
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
  /** The services that have died since the start; the latest death of each. */
  troubles: z.array(serviceTroubleSchema).default([]),
  /** Free space of the disk with the data; null unless it is nearly full. */
  freeBytes: z.number().nullable().default(null),
});
/** The services that run on a data folder, on ports of 127.0.0.1, with their passwords in the URLs. */
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

/**
 * Returns what the last start on this folder recorded; null when no service is running. After a crash of the owner it may
 * list services that are gone.
 */
export async function readServicesState(dataDir: string): Promise<ServicesState | null> {
  return readJson(join(dataDir, "services.json"), stateSchema);
}

export type ServiceNote = {
  /** What happened, in a sentence. */
  text: string;
  /** True while the service does not run. */
  isDown: boolean;
};

/** How long a restart is shown. */
const noteMs = 3_600_000;

/**
 * What happened lately to the services of this folder that `urls` names: a service that is down or was restarted in the last
 * hour, and a disk that is nearly full. Empty without such services.
 */
export async function readServiceNotes(
  dataDir: string,
  urls: ReadonlySet<string>,
  nowMs: number = Date.now(),
): Promise<ServiceNote[]> {
  const state = await readServicesState(dataDir);
  if (state === null || !serviceNames.some((name) => urls.has(state[name]?.url ?? ""))) return [];
  const timeOf = (iso: string): string => `${iso.slice(11, 19)} UTC`;
  const notes = state.troubles.flatMap(({ service, diedAt, restartedAt, failures, reason }): ServiceNote[] => {
    if (!urls.has(state[service]?.url ?? "")) return [];
    const why = reason === null ? "" : ` Last output: ${reason.replace(/\.?$/u, ".")}`;
    if (restartedAt === null) {
      const text = `${labels[service]} has been down since ${timeOf(diedAt)} and is being restarted.${why}`;
      return [{ text, isDown: true }];
    }
    if (nowMs - Date.parse(restartedAt) > noteMs) return [];
    const times = failures === 1 ? "" : ` (${failures} failures since the start)`;
    const text = `${labels[service]} died at ${timeOf(diedAt)} and was restarted at ${timeOf(restartedAt)}${times}.${why}`;
    return [{ text, isDown: false }];
  });
  if (state.freeBytes === null) return notes;
  const megabytes = Math.floor(state.freeBytes / 1024 / 1024);
  return [
    ...notes,
    { text: `The disk with their data is nearly full (${megabytes} MB free): free some space.`, isDown: false },
  ];
}

function writeServicesState(dataDir: string, state: ServicesState): void {
  writePrivateFile(join(dataDir, "services.json"), `${JSON.stringify(state, null, 2)}\n`);
}

function removeServicesState(dataDir: string): void {
  rmSync(join(dataDir, "services.json"), { force: true });
}

/** The ports of earlier starts: they are preferred, so that a URL stays valid across restarts. */
async function readPorts(dataDir: string): Promise<Ports> {
  return (await readJson(join(dataDir, "ports.json"), portsSchema)) ?? {};
}

function writePorts(dataDir: string, ports: Ports): void {
  writePrivateFile(join(dataDir, "ports.json"), `${JSON.stringify(ports, null, 2)}\n`);
}
