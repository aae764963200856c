import { Redis } from "ioredis";
import type { InsightsEnvironment } from "@/contracts/insights";
import { type AttemptLimiter, type AttemptLimits, createAttemptLimiter } from "./auth/attempt-limiter";
import { sessionLifetimes } from "./auth/lifetimes";
import { createPasswordHasher, type HashCost, type PasswordHasher } from "./auth/password-hasher";
import { type Cache, createCache } from "./cache";
import { createDatabase, createOutbox, type Database, type Db, type Tx } from "./db";
import { authTables, createAttemptQueries } from "./features/accounts/queries";
import { createAccountService } from "./features/accounts/service";
import { createAuditService } from "./features/audit/service";
import { createCityService } from "./features/cities/service";
import { createCountryService } from "./features/countries/service";
import { createInsightsService } from "./features/insights/service";
import { createInspectionService } from "./features/inspection/service";
import { createInvalidationService } from "./features/invalidation/service";
import { createPeopleService } from "./features/people/service";
import { createStreams } from "./live/streams";
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
  /** Whether inspection may show the values of entries; not unless said. */
  showsCacheValues?: boolean;
  /** What the dashboard says of where one is; `test` without it. */
  environment?: Pick<InsightsEnvironment, "name" | "publicHost">;
  /** What a password's hash costs, and how often one may try to sign in; the usual unless given. */
  passwordCost?: HashCost;
  attemptLimits?: AttemptLimits;
};

/** Everything stateful of one process. */
export type Runtime = {
  readonly nodeId: string;
  readonly database: Database;
  readonly cache: Cache<Db, Tx>;
  /** Jobs, counters and telemetry; never evicts. */
  readonly queueRedis: Redis;
  readonly services: Services;
  /** Few hashes at a time: one for all of the process. */
  readonly hasher: PasswordHasher;
  readonly limiter: AttemptLimiter;
  /** What better-auth works on. */
  readonly authTables: typeof authTables;
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
  const hasher = createPasswordHasher(options.passwordCost === undefined ? {} : { cost: options.passwordCost });
  const limiter = createAttemptLimiter({
    redis: queueRedis,
    keyPrefix,
    fallback: createAttemptQueries(db),
    ...(options.attemptLimits === undefined ? {} : { limits: options.attemptLimits }),
    now: () => performance.now(),
  });
  const lifetimes = sessionLifetimes;
  const audit = createAuditService({ db });
  const accounts = createAccountService({ db, cache, audit, hasher, limiter, lifetimes });
  const services: Services = {
    accounts,
    audit,
    cities: createCityService({ db, cache, audit }),
    countries: createCountryService({ db, cache }),
    insights: createInsightsService({
      reader: createTelemetryReader({ redis: queueRedis, keyPrefix }),
      listActs: audit.list,
      environment: { name: "test", publicHost: null, ...options.environment, nodeId },
    }),
    inspection: createInspectionService({ cache, showsValues: options.showsCacheValues === true }),
    invalidation: createInvalidationService({ db, cache, audit }),
    people: createPeopleService({ db, cache, audit, accounts, hasher, lifetimes }),
    streams: createStreams(),
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
  return { nodeId, database, cache, queueRedis, services, hasher, limiter, authTables, close };
}
