import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { env } from "@/env.js";
import { readArguments } from "@/arguments";
import { ServiceError, readServiceNotes, readServicesState, startServices } from "@weir/embedded";
import { onStopSignal } from "@weir/embedded/processes";
import { timerMs } from "@weir/core/timers";
import { adminPageAt } from "@/server/auth/page-guard";
import { resolveSecret } from "@/server/auth/secret";
import { createAppHandler } from "@/server/http/app-handler";
import { openAccounts } from "@/server/http/auth-door";
import { onlyDashboard } from "@/server/http/dashboard-only";
import { configuredLimits } from "@/server/http/configured-limits";
import { createMetricsServer } from "@/server/http/metrics-door";
import { openNextPages } from "@/server/http/next-pages";
import {
  addressSet,
  attachServerTiming,
  callsInFlight,
  drain,
  listen,
  ListenError,
  refusedRequests,
} from "@weir/trpc-node";
import type { Readiness } from "@/server/http/server";
import { answerNoPages, createHttpServer, type Doors } from "@/server/http/server";
import { createAnnouncer, createLogger, openLogDestination } from "@/server/log/logger";
import { createDropLog, createFailureLog, createRefusalLog, logSlowCalls } from "@/server/log/request-log";
import { logStrayOutput } from "@/server/log/stray-output";
import { openExport, readSettings, type TelemetryExport } from "@weir/telemetry/otel";
import { type BundledFeatures, loadFeatures } from "@/server/features";
import { examineDatabase, type OwnedState, prepareTables } from "@/server/migrations";
import { explainRefusal } from "@weir/postgres";
import { DatabaseError } from "@weir/postgres/errors";
import { pinPageRuntime } from "@/server/page-runtime";
import { createColdKeyBudget } from "@/server/http/cold-keys";
import { findMisconfiguration } from "@/server/health/probes";
import { openRuntime, type Runtime } from "@/server/runtime";
import { attachTelemetry, attachTraces, slotBytes, startRollup, type Traces } from "@weir/telemetry";
import { describeWarning } from "@weir/cache";
import { WeirError } from "@weir/core/errors";
import { showProgress } from "@/cli/progress";

const graceMs = 10_000;
/** How long closing everything may take after the last request. */
const closeMs = 30_000;
const loopback = "127.0.0.1";
const refusalsEveryMs = 60_000;
const version = "0.1.0";
const node = { id: `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}` };
const readiness: Readiness = { state: "starting" };
const doors: Doors = { trpc: null, auth: null, pages: null, readSession: null, metrics: null };
const closers: (() => Promise<void>)[] = [];

const destination = await openLogDestination(env.LOG_FORMAT, {
  isTerminal: process.stderr.isTTY,
  isDevelopment: env.NODE_ENV === "development",
});
const log = createLogger({ level: env.LOG_LEVEL, nodeId: node.id, destination: destination.stream });
const { say, complain, whisper } = createAnnouncer(env.LOG_FORMAT, log);
if (destination.isJson) logStrayOutput(log, { withStdout: env.LOG_FORMAT === "json" });
const refusals = createRefusalLog(log, refusedRequests);
const logFailure = createFailureLog(log, { onRefused: refusals.count });
setInterval(refusals.write, refusalsEveryMs).unref();
const exporting = readSettings(env);

process.on("uncaughtException", (err) => {
  log.fatal({ err }, "Uncaught exception, exiting.");
  destination.flush();
  process.exit(1);
});

/** Request IDs are unique in the fleet and reveal nothing about the machine. */
function requestIds(): () => string {
  const prefix = randomBytes(5).toString("hex");
  let count = 0;
  return () => `${prefix}-${(count += 1).toString(36)}`;
}

const limits = configuredLimits(env);
const isTls = env.PUBLIC_ORIGIN?.startsWith("https:") ?? false;

const server: Server = createHttpServer({
  doors,
  readiness,
  metricsToken: env.METRICS_TOKEN,
  nextRequestId: requestIds(),
  limits: limits.connection,
  maxPerConnection: limits.request.inFlightPerConnection,
  isTls,
  isDevelopment: env.NODE_ENV === "development",
  onDropped: createDropLog(log, limits.connection.connections),
  onPageError: (cause, requestId) => {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    logFailure({ error, code: "INTERNAL_SERVER_ERROR", requestId, procedure: "page" });
  },
});

let stopping = false;
let endStreams = (): void => undefined;

/** Ends the process even if a step of starting or stopping hangs. */
function exitInTime(): void {
  const giveUp = (): void => {
    complain(`Shutdown did not complete within ${closeMs / 1000} s, exiting.`);
    destination.flush();
    process.exit(1);
  };
  setTimeout(giveUp, timerMs(env.SHUTDOWN_DELAY_MS + graceMs + closeMs)).unref();
}

/** Finishes accepted requests, then closes what was opened, last first. A failure does not keep the rest open. */
async function stop(exitCode: number): Promise<never> {
  readiness.state = "draining";
  exitInTime();
  await drain(server, { delayMs: env.SHUTDOWN_DELAY_MS, graceMs, endStreams });
  for (const close of closers.splice(0).toReversed()) {
    await close().catch((error: unknown) => complain(`During shutdown: ${String(error)}`, error));
  }
  refusals.write();
  destination.flush();
  process.exit(exitCode);
}

function onSignal(signal: NodeJS.Signals): void {
  stopping = true;
  exitInTime();
  say(`${signal}: shutting down. Send it again to exit immediately.`);
  // While starting, the current step finishes first, because each leaves something to close.
  if (readiness.state === "ready") void stop(0);
}

/** Awaits one step of the start. A signal that arrived in the meantime stops the start there. */
async function step<Result>(work: Promise<Result>, close?: (opened: Result) => Promise<void>): Promise<Result> {
  const result = await work;
  if (close !== undefined) closers.push(() => close(result));
  if (stopping) await stop(0);
  return result;
}

type ServiceUrls = { databaseUrl: string; redisUrl: string; queueRedisUrl: string };

/** Starts the services that no variable names. */
async function openServices(): Promise<ServiceUrls> {
  const services = await step(
    startServices({
      dataDir: env.DATA_DIR,
      need: {
        postgres: env.DATABASE_URL === undefined,
        cache: env.REDIS_URL === undefined,
        queue: env.QUEUE_REDIS_URL === undefined,
      },
      log: say,
      warn: (line) => log.warn(line),
      install: env.WEIR_INSTALL,
    }),
    (opened) => opened.close(),
  );
  const databaseUrl = env.DATABASE_URL ?? services.databaseUrl;
  const redisUrl = env.REDIS_URL ?? services.redisUrl;
  const queueRedisUrl = env.QUEUE_REDIS_URL ?? services.queueRedisUrl;
  if (databaseUrl === null || redisUrl === null || queueRedisUrl === null) {
    throw new ServiceError("A required service did not start.");
  }
  return { databaseUrl, redisUrl, queueRedisUrl };
}

/** The services of the applications that a dashboard shows: from the variables, or else the ones running in DATA_DIR. */
async function findServices(): Promise<ServiceUrls> {
  const running = await readServicesState(env.DATA_DIR);
  const databaseUrl = env.DATABASE_URL ?? running?.postgres?.url;
  const redisUrl = env.REDIS_URL ?? running?.cache?.url;
  const queueRedisUrl = env.QUEUE_REDIS_URL ?? running?.queue?.url;
  if (databaseUrl === undefined || redisUrl === undefined || queueRedisUrl === undefined) {
    const urls = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, QUEUE_REDIS_URL: queueRedisUrl };
    const missing = Object.entries(urls).flatMap(([name, url]) => (url === undefined ? [name] : []));
    throw new ServiceError(
      `A dashboard starts no services, and no application runs in ${env.DATA_DIR}. Set ${missing.join(", ")} to the services of the applications.`,
    );
  }
  return { databaseUrl, redisUrl, queueRedisUrl };
}

function tellMigrations({ owner, pending, late, unknown }: OwnedState): void {
  if (pending.length > 0) say(`Applied migrations of ${owner}: ${pending.join(", ")}`);
  if (late.length > 0) say(`Applied late, after newer migrations: ${late.join(", ")}`);
  if (unknown.length > 0) say(`Applied by another release of ${owner}, and not in this one: ${unknown.join(", ")}`);
}

/** The command that sends sample traffic to this process; null where it does not listen on this machine. */
function trafficProgram(): [string, ...string[]] | null {
  const address = server.address();
  if (address === null || typeof address === "string") return null;
  const host = { "::": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::1": "[::1]" }[address.address] ?? address.address;
  if (host !== "[::1]" && !host.startsWith("127.")) return null;
  const main = fileURLToPath(import.meta.url);
  // Beside the built server stands the built command line; in development both are sources.
  const program = main.endsWith(".ts")
    ? ["--import", "tsx", join(dirname(main), "cli", "main.ts")]
    : [join(dirname(main), "cli.js")];
  return [process.execPath, ...program, "traffic", "--url", `http://${host}:${address.port}`];
}

async function openEverything(): Promise<{ runtime: Runtime<BundledFeatures>; secret: string }> {
  const { databaseUrl, redisUrl, queueRedisUrl } = await (role === "dashboard" ? findServices() : openServices());
  // After the services, which create the folder with the permissions that they need.
  const secret = await resolveSecret({
    given: env.AUTH_SECRET,
    dataDir: env.DATA_DIR,
    isProduction: env.NODE_ENV === "production",
    hasExternalDatabase: env.DATABASE_URL !== undefined,
    warn: (text) => log.warn(text),
  });
  await step(listen(server, env.PORT, env.HOST));
  // Typed as if present: only feature pages would use them, and a dashboard serves none.
  const features = role === "dashboard" ? ({} as BundledFeatures) : await loadFeatures();
  const { problems, remarks, pooling } = await step(
    examineDatabase(databaseUrl, features, {
      mode: env.MIGRATE,
      poolMax: env.DATABASE_POOL_MAX,
      pooler: env.DATABASE_POOLER,
    }),
  );
  for (const remark of remarks) say(`Postgres: ${remark}`);
  if (problems.length > 0) throw new DatabaseError("DATABASE_UNSUITABLE", { detail: problems.join("\n  ") });
  for (const state of await step(prepareTables(databaseUrl, features, env.MIGRATE))) tellMigrations(state);
  const runtime = await step(
    openRuntime({
      features,
      nodeId: node.id,
      servesCalls: role !== "dashboard",
      listensToCommits: true,
      databaseUrl,
      poolMax: env.DATABASE_POOL_MAX,
      pooling,
      redisUrl,
      queueRedisUrl,
      keyPrefix: env.KEY_PREFIX,
      disabled: new Set(env.WEIR_DISABLE),
      admitLoads: createColdKeyBudget({
        keysPerMinute: env.LIMIT_COLD_KEYS,
        trustedProxies: addressSet(env.TRUSTED_PROXIES),
      }),
      cacheChecks: {
        onWarning: (warning) => log.warn({ cache: warning }, describeWarning(warning)),
        changedDefinitions: env.NODE_ENV === "development" ? "renew" : "warn",
        ...(env.WEIR_VERIFY === 0 ? {} : { verify: env.WEIR_VERIFY }),
      },
      seeds: env.SEED === "on" || (env.SEED === "auto" && env.DATABASE_URL === undefined),
      statementValues: env.STATEMENT_VALUES,
      tellsStatementValues: env.TRACE_PARAMETERS === "shown",
      retention: {
        redisMinutes: env.TELEMETRY_REDIS_MINUTES,
        minuteDays: env.TELEMETRY_MINUTE_DAYS,
        hourDays: env.TELEMETRY_HOUR_DAYS,
      },
      showsCacheValues: (env.CACHE_VALUE_VIEWER ?? (env.NODE_ENV === "production" ? "off" : "on")) === "on",
      readServiceNotes: () => readServiceNotes(env.DATA_DIR, new Set([databaseUrl, redisUrl, queueRedisUrl])),
      trafficProgram: role === "dashboard" ? null : trafficProgram(),
      environment: {
        name: env.NODE_ENV,
        publicHost: env.PUBLIC_ORIGIN === undefined ? null : new URL(env.PUBLIC_ORIGIN).host,
      },
    }),
    (opened) => opened.close(),
  );
  const misconfiguration = findMisconfiguration(await step(runtime.health.check()));
  if (misconfiguration !== null) throw new ServiceError(misconfiguration);
  await step(runtime.startFeatures((label) => showProgress(label, process.stdout)));
  await step(welcome(runtime));
  return { runtime, secret };
}

/** Creates the first administrator. A generated password is printed this once. */
async function welcome({ services }: Runtime): Promise<void> {
  const { ADMIN_EMAIL: email = "admin@weir.local", ADMIN_PASSWORD: given } = env;
  const actor = { id: null, label: "first start", sessionId: null, address: null, requestId: null };
  const made = await services.users.createFirst({ email, password: given ?? null }, actor);
  if (made === null) return;
  say(`First administrator: ${made.user.email}`);
  if (given !== undefined) return say("Password: the value of ADMIN_PASSWORD.");
  whisper(`Password: ${made.password}`);
  say("This password is shown only once. Sign in at /sign-in and change it at /admin/account.");
  say(`To reset it: npm run weir -- admin reset ${made.user.email}`);
}

async function openDoors(runtime: Runtime<BundledFeatures>, secret: string): Promise<void> {
  const telemetry = env.WEIR_DISABLE.includes("telemetry")
    ? null
    : attachTelemetry({
        nodeId: runtime.nodeId,
        redis: runtime.queueRedis,
        keyPrefix: env.KEY_PREFIX,
        database: runtime.database,
        cache: runtime.cache,
        clock: runtime.clock,
        sources: { role, version, callsInFlight },
        maxSlotBytes: slotBytes(
          { fineBytes: env.TELEMETRY_FINE_BYTES, minuteBytes: env.TELEMETRY_MINUTE_BYTES },
          runtime.retention,
        ),
        minutesKeepMs: runtime.retention.nodeMinutesMs,
      });
  if (telemetry !== null) {
    closers.push(() => telemetry.close());
    const rollup = startRollup({
      nodeId: runtime.nodeId,
      redis: runtime.queueRedis,
      keyPrefix: env.KEY_PREFIX,
      archive: runtime.telemetryArchive,
      retention: runtime.retention,
      maxRowBytes: env.TELEMETRY_ROW_BYTES,
      onFailure: (error) =>
        log.warn({ err: error }, "Telemetry could not be merged into Postgres and will be retried."),
    });
    closers.push(() => rollup.close());
    doors.metrics = () => telemetry.prometheus();
  }
  let onTrace: Traces["onTrace"] | null = null;
  let exported: TelemetryExport | null = null;
  // Closed after the traces, which are flushed first.
  closers.push(async () => exported?.close());
  if (!env.WEIR_DISABLE.includes("traces")) {
    const traces = attachTraces({
      nodeId: runtime.nodeId,
      redis: runtime.queueRedis,
      keyPrefix: env.KEY_PREFIX,
      clock: runtime.clock,
      ringBytes: env.TRACE_RING_BYTES,
      sampleRatio: env.TRACE_SAMPLE_RATIO,
    });
    closers.push(() => traces.close());
    ({ onTrace } = traces);
  }
  // Independent of our own telemetry: a collector gets whatever exists.
  const warn = (line: string, err?: Error): void => log.warn(err === undefined ? {} : { err }, line);
  const snapshot = telemetry?.snapshot ?? null;
  exported = await openExport(exporting, { nodeId: node.id, version, snapshot, onTrace, warn });
  endStreams = () => runtime.services.streams.drain();
  attachServerTiming();
  logSlowCalls(log);
  const trustedProxies = addressSet(env.TRUSTED_PROXIES);
  const origins = new Set(env.PUBLIC_ORIGIN === undefined ? [] : [env.PUBLIC_ORIGIN]);
  const { auth, cookie, readSession, asCaller } = openAccounts(runtime, {
    secret,
    trustedProxies,
    origins,
    onError: ({ error, requestId }) => logFailure({ error, code: error.code, requestId, procedure: "auth" }),
  });
  doors.auth = auth;
  doors.readSession = readSession;
  pinPageRuntime({ router: runtime.router, pageAt: adminPageAt, asCaller });
  doors.trpc = createAppHandler({
    router: runtime.router,
    services: runtime.services,
    cookie,
    limits: limits.request,
    trustedProxies,
    origins,
    showsEachTrace: (exporting.settings?.tracesUrl ?? null) !== null,
    onError: ({ requestId, path, error }) =>
      logFailure({ error, code: error.code, requestId, procedure: path ?? null }),
  });
}

async function openPages(port: number): Promise<void> {
  const { pages, endUpgraded } = await openNextPages({
    server,
    isDevelopment: env.NODE_ENV === "development",
    isTls,
    hostname: env.HOST,
    port,
    dir: process.cwd(),
  });
  const endOthers = endStreams;
  endStreams = () => {
    endOthers();
    endUpgraded();
  };
  doors.pages = role === "dashboard" ? onlyDashboard(pages) : pages;
}

/** Without a token, metrics get a port of their own on this machine: behind a proxy, every request looks local. */
async function openMetricsPort(): Promise<void> {
  if (env.METRICS_TOKEN !== undefined) return;
  const metrics = createMetricsServer(() => doors.metrics, limits.connection);
  await step(listen(metrics, env.METRICS_PORT, loopback, "METRICS_PORT"));
  closers.push(() => drain(metrics, { delayMs: 0, graceMs: 1_000 }));
  say(`Metrics: http://${loopback}:${portOf(metrics)}/metrics`);
}

function portOf(listening: Server): number {
  const address = listening.address();
  // A string for a Unix socket, which is not used here.
  return typeof address === "object" && address !== null ? address.port : env.PORT;
}

/** Errors that name their cure are one line; all others show their origin. */
function explain(error: unknown): string {
  if (error instanceof ServiceError || error instanceof ListenError || error instanceof WeirError) return error.message;
  return explainRefusal(error, env.DATABASE_URL ?? "")?.line ?? inspect(error);
}

const role = readArguments((line) => complain(line));
onStopSignal(onSignal, () => process.exit(1));

try {
  const { runtime, secret } = await openEverything();
  await step(openDoors(runtime, secret));
  await openMetricsPort();
  const port = portOf(server);
  if (role === "api") doors.pages = answerNoPages;
  else await step(openPages(port));
  runtime.health.start(({ isUp, line }) => (isUp ? log.info(line) : log.warn(line)));
  readiness.health = runtime.health;
  readiness.state = "ready";
  const seconds = (performance.now() / 1000).toFixed(1);
  const host = env.HOST === loopback ? "localhost" : isIPv6(env.HOST) ? `[${env.HOST}]` : env.HOST;
  const origin = `http://${host}:${port}`;
  const addresses = {
    all: `Pages: ${origin}/   Dashboard: ${origin}/admin`,
    api: `API: ${origin}/api/trpc`,
    dashboard: `Dashboard: ${origin}/admin`,
  };
  say(`Ready after ${seconds} s.  ${addresses[role]}`);
} catch (error) {
  complain(explain(error), error);
  await stop(1);
}
