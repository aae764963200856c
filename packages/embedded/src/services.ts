import { openDataFolder } from "./data-folder";
import type { RunningService } from "./postgres";
import { startPostgres } from "./postgres";
import { startRedis } from "./redis";
import type { RedisRole } from "./redis";
import { serviceHome } from "./service-home";
import { explainFullDisk } from "./service-error";
import { readPorts, removeServicesState, writePorts, writeServicesState } from "./services-state";
import { servicesUser } from "./system-user";

export type StartServicesOptions = {
  /** Holds everything the services keep; made where it is missing. One process at a time has it. */
  dataDir: string;
  need: { postgres: boolean; cache: boolean; queue: boolean };
  /** Hears one line about each thing that takes long or is worth knowing. */
  log?: (line: string) => void;
  /** False for data that nobody will miss: Postgres then skips what protects against a loss of power. Default true. */
  durable?: boolean;
};

export type Services = {
  /** Null where it was not asked for. */
  databaseUrl: string | null;
  redisUrl: string | null;
  queueRedisUrl: string | null;
  pids: number[];
  /** Stops what this call started or found running, waits for its end, and gives the folder up. May be called again. */
  close: () => Promise<void>;
};

/**
 * Postgres and the two Redis servers on a data folder, on free ports of loopback. What a dead owner left running on the
 * folder is found, proven to be its own, used again, and stopped by `close` like the rest. Nothing else is ever stopped.
 * Needing none leaves the folder alone. Fails with a ServiceError (one line: what, where, the cure), and then leaves nothing of its own running.
 */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const { need, log = () => {}, durable = true } = options;
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
    if (service.adopted) log(`Found ${name} still running (process ${service.pid}) and uses it again.`);
    return service;
  };

  try {
    const user = await servicesUser();
    const home = await serviceHome({ user, dataDir, fallback: durable ? "/var/lib/weir" : null, log });
    const ports = await readPorts(dataDir);
    const redis = async (role: RedisRole): Promise<RunningService> =>
      note(await startRedis({ role, home, dataDir, user, preferredPort: ports[role], log }), `the Redis ${role}`);
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
