import { Redis } from "ioredis";
import { type Cache, createCache } from "./cache";
import { createDatabase, createOutbox, type Database, type Db, type Tx } from "./db";
import { createCityService } from "./features/cities/service";
import { createCountryService } from "./features/countries/service";
import { createInsightsService } from "./features/insights/service";
import type { Services } from "./rpc/context";
import { createTelemetryReader } from "./telemetry/read";

/** What can be switched off to measure what it buys. */
export type Technique = "l1" | "l2" | "single-flight" | "prepared" | "batching";

export type RuntimeOptions = {
  /** Unique in the fleet. */
  nodeId: string;
  databaseUrl: string;
  poolMax: number;
  redisUrl: string;
  queueRedisUrl: string;
  keyPrefix: string;
  disabled: ReadonlySet<Technique>;
};

/** Everything stateful of one process. */
export type Runtime = {
  readonly nodeId: string;
  readonly database: Database;
  readonly cache: Cache<Db, Tx>;
  /** Jobs, counters and telemetry; never evicts. */
  readonly queueRedis: Redis;
  readonly services: Services;
  /** Closes every connection that was opened here; in-flight statements end first. */
  close: () => Promise<void>;
};

function openQueueRedis(url: string): Redis {
  const redis = new Redis(url, {
    connectionName: "weir-queue",
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  // A lost connection shows in each command that fails; ioredis reconnects by itself.
  redis.on("error", () => undefined);
  return redis;
}

/**
 * The one place that opens connections and hands them to who needs them. Resolves when the cache has read the tip of
 * its log; an unreachable Redis does not stop it, an unreachable Postgres shows in the first query.
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { nodeId, keyPrefix, disabled } = options;
  const database = createDatabase({
    url: options.databaseUrl,
    max: options.poolMax,
    prepare: !disabled.has("prepared"),
    applicationName: `weir ${nodeId}`,
  });
  const queueRedis = openQueueRedis(options.queueRedisUrl);
  const cache = createCache<Db, Tx>({
    redis: { url: options.redisUrl },
    nodeId,
    keyPrefix,
    outbox: createOutbox(database),
    disable: disabled,
  });

  const { db } = database;
  const services: Services = {
    cities: createCityService({ db, cache }),
    countries: createCountryService({ db, cache }),
    insights: createInsightsService({ reader: createTelemetryReader({ redis: queueRedis, keyPrefix }) }),
  };
  const close = async (): Promise<void> => {
    await cache.close();
    queueRedis.disconnect();
    await database.close();
  };
  try {
    await cache.ready();
  } catch (error) {
    await close();
    throw error;
  }
  return { nodeId, database, cache, queueRedis, services, close };
}
