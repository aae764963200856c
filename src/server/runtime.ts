import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import type { InsightServiceNote, InsightsEnvironment } from "@/admin/insights/contract/overview";
import { type AttemptLimiter, type AttemptLimits, createAttemptLimiter } from "@/server/auth/attempt-limiter";
import { sessionLifetimes } from "@/server/auth/session";
import { createPasswordHasher, type HashCost, type PasswordHasher } from "@/server/auth/password-hasher";
import { createPasswordStrength } from "@/server/auth/password-strength";
import { type Cache, type CacheOptions, createCache } from "@weir/cache";
import {
  createDatabase,
  createOutbox,
  createOutboxListener,
  createServerProbe,
  createTouchChecks,
  type Database,
  type Db,
  ownSession,
  type Pooling,
  type SampleMode,
  type TouchChecks,
  type Tx,
} from "@weir/postgres";
import { platformOutbox } from "@weir/postgres/schema";
import { authTables, createAccountQueries, createAttemptQueries } from "@/admin/account/queries";
import { createAccountService } from "@/admin/account/service";
import { createAuditService } from "@/admin/audit/service";
import { createTelemetryArchive, type SlotArchive } from "@weir/telemetry/store";
import { createInsightsService } from "@/admin/insights/service";
import { createInspectionService } from "@/admin/keys/service";
import { createInvalidationService } from "@/admin/cache/service";
import { createUsersService } from "@/admin/users/service";
import { createAuthority } from "@/server/auth/authority";
import { createPlanService } from "@/admin/queries/service";
import { createTrafficService, type TrafficOptions } from "@/admin/traffic/service";
import { createTraceService } from "@/admin/traces/service";
import { createStreams } from "@/server/live/streams";
import { publishCommands } from "@weir/core/channels";
import { readSentinelUrl } from "@weir/core/redis-address";
import { refusesWork } from "@weir/core/redis-script";
import { createSharedClock, type SharedClock } from "@weir/core/shared-clock";
import type { Health } from "@/server/health/health";
import { watchStores } from "@/server/health/probes";
import type { PlatformServices } from "@/server/rpc/context";
import type {
  FeatureServers,
  FeatureSession,
  FeatureTools,
  NoFeatures,
  Progress,
  RoutersOf,
  ServicesOf,
} from "@/server/rpc/feature-server";
import { createRootRouter, refuseTakenNames, type RouterOf } from "@/server/rpc/root";
import {
  type ChosenRetention,
  createTelemetryReader,
  createTraceReader,
  type Retention,
  retentionOf,
  type TelemetryReader,
} from "@weir/telemetry";

/** Engines that can be switched off, to measure what they gain. */
export type Technique = "l1" | "l2" | "single-flight" | "prepared" | "batching";

export type RuntimeOptions<Features extends FeatureServers> = {
  /** The server's half of each feature, by name. */
  features: Features;
  /** Unique in the fleet. */
  nodeId: string;
  databaseUrl: string;
  poolMax: number;
  /** What connections may assume of their sessions; sessions of their own by default. */
  pooling?: Pooling;
  redisUrl: string;
  queueRedisUrl: string;
  keyPrefix: string;
  disabled: { has(technique: Technique): boolean };
  /** Limits loads per client (`createColdKeyBudget`); unlimited by default. */
  admitLoads?: CacheOptions<Db, Tx>["admitLoads"];
  /** How cache mistakes are detected; not at all by default. */
  cacheChecks?: Pick<CacheOptions<Db, Tx>, "onWarning" | "verify" | "changedDefinitions">;
  /** Whether the features import the data that they bring along; false by default. */
  seeds?: boolean;
  /** Whether inspection may show the values of entries; false by default. */
  showsCacheValues?: boolean;
  /** Whether the values of statements are remembered for planning. By default only where Postgres cannot plan without them. */
  statementValues?: SampleMode;
  /** Whether traces show the values of statements; false by default. */
  tellsStatementValues?: boolean;
  /** Whether a balancer may send requests to this process; false by default. */
  servesCalls?: boolean;
  /** Whether this process hears of other programs' commits at once, rather than by the regular sweep; false by default. */
  listensToCommits?: boolean;
  /** How long telemetry is kept. */
  retention?: ChosenRetention;
  /** The name of this environment on the dashboard; `test` by default. */
  environment?: Pick<InsightsEnvironment, "name" | "publicHost">;
  /** What happened to the services that the application runs itself; nothing by default. */
  readServiceNotes?: () => Promise<readonly InsightServiceNote[]>;
  /** The program that sends sample traffic to this node; none by default. */
  trafficProgram?: TrafficOptions["program"];
  /** The cost of a password hash, and the sign-in limits. */
  passwordCost?: HashCost;
  attemptLimits?: AttemptLimits;
};

/** Everything stateful of one process. */
export type Runtime<Features extends FeatureServers = FeatureServers> = {
  readonly nodeId: string;
  readonly database: Database;
  readonly cache: Cache<Db, Tx>;
  /** Jobs, counters and telemetry; never evicts. */
  readonly queueRedis: Redis;
  /** The time that this node's clock and those of its stores agree on. */
  readonly clock: SharedClock;
  /** The state of the stores; checks them once `start` is called. */
  readonly health: Health;
  /** The services of the platform, and of each feature under its name. */
  readonly services: PlatformServices & ServicesOf<Features>;
  /** All procedures. */
  readonly router: RouterOf<Features>;
  /** Runs the start hooks of the features, one after another. */
  readonly startFeatures: (showProgress: (label: string) => Progress) => Promise<void>;
  /** The features' checks for `weir doctor`; each resolves with a finding or rejects with the problem. */
  readonly checks: readonly { name: string; run: () => Promise<string> }[];
  /** The triggers that the features expect on tables that others own, and the outbox. */
  readonly touchChecks: TouchChecks;
  /** What hooks and commands of one feature receive. */
  readonly sessionOf: (feature: string, showProgress: (label: string) => Progress) => FeatureSession<unknown>;
  readonly telemetryReader: TelemetryReader;
  /** Where telemetry that was merged over all nodes is kept, and how long. */
  readonly telemetryArchive: SlotArchive;
  readonly retention: Retention;
  /** One for the whole process, because it bounds the number of concurrent hashes. */
  readonly hasher: PasswordHasher;
  readonly limiter: AttemptLimiter;
  /** The dependencies of better-auth. */
  readonly authTables: typeof authTables;
  /** Closes every connection that was opened here; in-flight statements end first. */
  close: () => Promise<void>;
};

/** The wait before a server is tried again that refused its work: up to five seconds. */
const maxRefusedMs = 5_000;
const firstAttemptMs = 2_000;
/** An older refusal says nothing about the current server. */
const refusedForMs = 30_000;

type QueueRedis = {
  redis: Redis;
  /** Why Redis is unreachable: the server's or system's message; null while Redis is reachable. */
  problem: () => string | null;
  /** Resolves when the first attempt to connect has succeeded or failed, at the latest after two seconds. */
  tried: () => Promise<void>;
};

function openQueueRedis(url: string): QueueRedis {
  let problem: string | null = null;
  let refusals = 0;
  let refusedAtMs = Number.NEGATIVE_INFINITY;
  const options: RedisOptions = {
    connectionName: "weir-queue",
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 2_000,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => {
      const refusedMs = refusals === 0 ? 0 : Math.min(125 * 2 ** Math.min(refusals, 6), maxRefusedMs);
      return Math.max(Math.min(attempt * 100, 2_000), refusedMs);
    },
    reconnectOnError: (error) => {
      if (!refusesWork(error)) return false;
      const nowMs = performance.now();
      refusals = nowMs - refusedAtMs < refusedForMs ? refusals + 1 : 1;
      refusedAtMs = nowMs;
      problem = error.message;
      return true;
    },
  };
  const sentinels = readSentinelUrl(url);
  const redis = sentinels === null ? new Redis(url, options) : new Redis({ ...options, ...sentinels });
  // Each command on a lost connection fails on its own; ioredis reconnects automatically.
  redis.on("error", (error: Error) => (problem = error.message));
  redis.on("ready", () => {
    if (performance.now() - refusedAtMs < refusedForMs) return;
    problem = null;
    refusals = 0;
  });
  publishCommands(redis, "queue");
  const first = new AbortController();
  const attempt = Promise.race([
    once(redis, "ready", { signal: first.signal }),
    once(redis, "close", { signal: first.signal }),
    delay(firstAttemptMs, undefined, { signal: first.signal, ref: false }),
  ]).then(
    () => first.abort(),
    () => first.abort(),
  );
  return {
    redis,
    problem: () => (redis.status === "ready" && refusals === 0 ? null : problem),
    tried: () => attempt,
  };
}

/** A runtime with any features: the type that the platform works with. */
export type PlatformRuntime = Runtime<NoFeatures>;

/**
 * The one place that opens connections and passes them on. Resolves when the cache has read the tip of its log. An
 * unreachable Redis does not stop it; an unreachable Postgres fails the first query.
 */
export async function openRuntime<const Features extends FeatureServers>(
  options: RuntimeOptions<Features>,
): Promise<Runtime<Features>> {
  const { nodeId, keyPrefix, disabled, features } = options;
  const database = createDatabase({
    url: options.databaseUrl,
    max: options.poolMax,
    pooling: options.pooling ?? ownSession,
    prepare: !disabled.has("prepared"),
    applicationName: `weir ${nodeId}`,
    publishesParameters: options.tellsStatementValues === true,
    ...(options.statementValues === undefined ? {} : { samples: options.statementValues }),
  });
  const { redis: queueRedis, problem: queueProblem, tried: queueTried } = openQueueRedis(options.queueRedisUrl);
  const clock = createSharedClock();
  const listener =
    options.listensToCommits === true && database.pooling.ownsSession
      ? createOutboxListener({
          url: options.databaseUrl,
          applicationName: `weir ${nodeId} commits`,
          ownsSession: database.pooling.ownsSession,
        })
      : undefined;
  const cache = createCache<Db, Tx>({
    redis: { url: options.redisUrl },
    nodeId,
    keyPrefix,
    outbox: createOutbox(database, platformOutbox, listener),
    disable: disabled,
    admitLoads: options.admitLoads,
    ...options.cacheChecks,
  });

  const postgres = createServerProbe({
    url: options.databaseUrl,
    applicationName: `weir ${nodeId} health`,
    pooling: database.pooling,
  });
  const health = watchStores({
    nodeId,
    keyPrefix,
    servesCalls: options.servesCalls === true,
    postgres,
    cache,
    queueRedis,
    queueProblem,
    clock,
  });

  const { db } = database;
  const hasher = createPasswordHasher(options.passwordCost === undefined ? {} : { cost: options.passwordCost });
  const strength = createPasswordStrength();
  const limiter = createAttemptLimiter({
    redis: queueRedis,
    keyPrefix,
    fallback: createAttemptQueries(db),
    ...(options.attemptLimits === undefined ? {} : { limits: options.attemptLimits }),
    now: () => performance.now(),
  });
  const lifetimes = sessionLifetimes;
  const retention = retentionOf(options.retention);
  const telemetryArchive = createTelemetryArchive(db);
  const telemetryReader = createTelemetryReader({
    redis: queueRedis,
    keyPrefix,
    store: telemetryArchive,
    retention,
    now: clock.now,
  });
  const audit = createAuditService({ db });
  const accountQueries = createAccountQueries(db, lifetimes);
  const authority = createAuthority({ db, cache, audit, queries: accountQueries });
  const accounts = createAccountService({
    db,
    cache,
    audit,
    authority,
    queries: accountQueries,
    hasher,
    strength,
    limiter,
  });
  const platform: PlatformServices = {
    accounts,
    audit,
    insights: createInsightsService({
      reader: telemetryReader,
      retention,
      listActs: audit.list,
      environment: { name: "test", publicHost: null, ...options.environment, nodeId },
      troubles: health.troubles,
      ...(options.readServiceNotes === undefined ? {} : { readServiceNotes: options.readServiceNotes }),
      now: clock.now,
    }),
    inspection: createInspectionService({ cache, showsValues: options.showsCacheValues === true }),
    invalidation: createInvalidationService({ cache, authority }),
    users: createUsersService({ db, authority, accounts, hasher, strength, lifetimes }),
    plans: createPlanService({
      now: clock.now,
      database,
      permit: authority.permit,
      used: async () => {
        const { statements } = await platform.insights.overview({ range: "24h", includeAdmin: true });
        return statements.map(({ name, count: calls, totalMs }) => ({ name, calls, totalMs }));
      },
    }),
    streams: createStreams({
      "insights.live": { perClient: 20, perNode: 200 },
      ...Object.assign({}, ...Object.values(features).map(({ streams }) => streams)),
    }),
    traffic: createTrafficService({ authority, program: options.trafficProgram ?? null, now: clock.now }),
    traces: createTraceService({
      now: clock.now,
      db,
      authority,
      reader: createTraceReader({ redis: queueRedis, keyPrefix }),
    }),
  };
  const { traffic } = platform;
  // A feature records each act in the transaction of its write, or before an effect elsewhere.
  const checkedAudit: FeatureTools["audit"] = {
    record: async (on, event) => {
      await authority.check(on, event.actor);
      await audit.record(on, event);
    },
  };
  const tools = { db, database, cache, audit: checkedAudit };
  const opened = Object.entries(features).map(([name, feature]) => ({ name, feature, ...feature.open(tools) }));
  // Both are typed by the list: each feature's own types under its name, and its routers beside those of the others.
  refuseTakenNames(Object.keys(platform), opened);
  const own = Object.fromEntries(opened.map(({ name, service }) => [name, service])) as ServicesOf<Features>;
  const services = { ...platform, ...own };
  const router = createRootRouter(Object.assign({}, ...opened.map(({ routers }) => routers)) as RoutersOf<Features>);
  const sessionOf: Runtime["sessionOf"] = (wanted, showProgress) => {
    const found = opened.find(({ name }) => name === wanted);
    if (found === undefined) throw new TypeError(`No feature has the name ${wanted}.`);
    return { ...tools, service: found.service, seeds: options.seeds === true, showProgress };
  };
  const startFeatures: Runtime["startFeatures"] = async (showProgress) => {
    for (const { name, feature } of opened) {
      // A feature's hook takes the service that the same feature created.
      await feature.start?.(sessionOf(name, showProgress) as FeatureSession<never>);
    }
  };
  const checks = opened.flatMap(({ feature, service }) =>
    // A feature's check takes the service that the same feature created.
    (feature.checks ?? []).map(({ name, run }) => ({ name, run: () => run(service as never) })),
  );
  const touchTriggers = Object.values(features).flatMap((feature) => feature.touchTriggers ?? []);
  const touchChecks = createTouchChecks(db, touchTriggers);
  const close = async (): Promise<void> => {
    health.close();
    traffic.close();
    await strength.close();
    await cache.close();
    queueRedis.disconnect();
    await database.close();
  };
  try {
    await Promise.all([cache.ready(), queueTried()]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nodeId,
    database,
    cache,
    queueRedis,
    clock,
    health,
    services,
    router,
    startFeatures,
    checks,
    touchChecks,
    sessionOf,
    telemetryReader,
    telemetryArchive,
    retention,
    hasher,
    limiter,
    authTables,
    close,
  };
}
