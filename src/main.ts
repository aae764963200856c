import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import { inspect, parseArgs } from "node:util";
import { env } from "@/env";
import { ServiceError } from "./dev/service-error";
import { startServices } from "./dev/services";
import { onStopSignal } from "./dev/stop-signals";
import { resolveSecret } from "./server/auth/secret";
import { migrateDatabase } from "./server/db/migrate";
import { importCities } from "./server/features/cities/import";
import { createAppHandler } from "./server/http/app-handler";
import { openAccounts } from "./server/http/open-accounts";
import { configuredLimits } from "./server/http/configured-limits";
import { readBuiltPages } from "./server/http/content-policy";
import { drain } from "./server/http/drain";
import type { Readiness } from "./server/http/health";
import { listen, ListenError } from "./server/http/listen";
import { withPagePolicies } from "./server/http/page-headers";
import { answerNoPages, createHttpServer, type Doors } from "./server/http/server";
import { attachServerTiming } from "./server/http/server-timing";
import { openRuntime, type Runtime } from "./server/runtime";
import { attachTelemetry } from "./server/telemetry/attach";
import { WeirError } from "./shared/errors";
import { showProgress } from "./shared/progress";

const usage = `Usage: npm start [-- --role all|api]

Serves the pages, the tRPC API, health and metrics on HOST:PORT (127.0.0.1:3000).

  --role all   everything (default)
  --role api   without the pages; Next is never loaded

Postgres and Redis are started in DATA_DIR (.data) unless DATABASE_URL, REDIS_URL and
QUEUE_REDIS_URL name others. Every variable is described in .env.example.`;

const graceMs = 10_000;
const node = { id: `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}` };
const readiness: Readiness = { state: "starting" };
const doors: Doors = { trpc: null, auth: null, pages: null, readSession: null, metrics: null };
const closers: (() => Promise<void>)[] = [];

const say = (line: string): void => console.log(`weir  ${line}`);
const complain = (line: string): void => console.error(`weir  ${line}`);

/** Request ids are unique in the fleet and say nothing about the machine. */
function requestIds(): () => string {
  const prefix = randomBytes(5).toString("hex");
  let count = 0;
  return () => `${prefix}-${(count += 1).toString(36)}`;
}

const limits = configuredLimits(env);

const server: Server = createHttpServer({
  doors,
  readiness,
  trustedProxies: new Set(env.TRUSTED_PROXIES),
  metricsToken: env.METRICS_TOKEN,
  nextRequestId: requestIds(),
  limits: limits.connection,
  mostPerConnection: limits.request.inFlightPerConnection,
  isTls: env.PUBLIC_ORIGIN?.startsWith("https:") ?? false,
});

let stopping = false;
let endStreams = (): void => undefined;

/** Serves what was accepted, then closes what was opened, last first. A failure does not keep the rest open. */
async function stop(exitCode: number): Promise<never> {
  readiness.state = "draining";
  await drain(server, { delayMs: env.SHUTDOWN_DELAY_MS, graceMs, endStreams });
  for (const close of closers.splice(0).toReversed()) {
    await close().catch((error: unknown) => complain(`While stopping: ${String(error)}`));
  }
  process.exit(exitCode);
}

function onSignal(signal: NodeJS.Signals): void {
  stopping = true;
  say(`${signal}: stopping; a second one ends it at once.`);
  // While starting, the step that runs now ends first: each one leaves something to close.
  if (readiness.state === "ready") void stop(0);
}

/** Awaits one step of the start; a signal that came meanwhile ends the start there. */
async function step<Result>(work: Promise<Result>, close?: (opened: Result) => Promise<void>): Promise<Result> {
  const result = await work;
  if (close !== undefined) closers.push(() => close(result));
  if (stopping) await stop(0);
  return result;
}

async function openEverything(): Promise<{ runtime: Runtime; secret: string }> {
  const secret = await resolveSecret({
    given: env.AUTH_SECRET,
    dataDir: env.DATA_DIR,
    isProduction: env.NODE_ENV === "production",
    hasExternalDatabase: env.DATABASE_URL !== undefined,
  });
  const services = await step(
    startServices({
      dataDir: env.DATA_DIR,
      need: {
        postgres: env.DATABASE_URL === undefined,
        cache: env.REDIS_URL === undefined,
        queue: env.QUEUE_REDIS_URL === undefined,
      },
      log: say,
    }),
    (opened) => opened.close(),
  );
  const databaseUrl = env.DATABASE_URL ?? services.databaseUrl;
  const redisUrl = env.REDIS_URL ?? services.redisUrl;
  const queueRedisUrl = env.QUEUE_REDIS_URL ?? services.queueRedisUrl;
  if (databaseUrl === null || redisUrl === null || queueRedisUrl === null) {
    throw new ServiceError("A service that was asked for did not start.");
  }
  await step(listen(server, env.PORT, env.HOST));
  await step(migrateDatabase(databaseUrl));
  const runtime = await step(
    openRuntime({
      nodeId: node.id,
      databaseUrl,
      poolMax: env.DATABASE_POOL_MAX,
      redisUrl,
      queueRedisUrl,
      keyPrefix: env.KEY_PREFIX,
      disabled: new Set(env.WEIR_DISABLE),
      showsCacheValues: (env.CACHE_VALUE_VIEWER ?? (env.NODE_ENV === "production" ? "off" : "on")) === "on",
      environment: {
        name: env.NODE_ENV,
        publicHost: env.PUBLIC_ORIGIN === undefined ? null : new URL(env.PUBLIC_ORIGIN).host,
      },
    }),
    (opened) => opened.close(),
  );
  const progress = showProgress("Cities", process.stdout);
  await step(importCities(runtime.database, { onProgress: progress.update }).finally(progress.end));
  await step(welcome(runtime));
  return { runtime, secret };
}

/** The first administrator, whose password is told this once if it was made here. */
async function welcome({ services }: Runtime): Promise<void> {
  const { ADMIN_EMAIL: email = "admin@weir.local", ADMIN_PASSWORD: given } = env;
  const actor = { id: null, label: "first start", sessionId: null, address: null, requestId: null };
  const made = await services.people.createFirst({ email, password: given ?? null }, actor);
  if (made === null) return;
  say(`First administrator: ${made.person.email}`);
  if (given !== undefined) return say("Password: the one in ADMIN_PASSWORD.");
  say(`Password: ${made.password}`);
  say(
    "It is shown this once, here and in whatever keeps this log. Sign in and change it: /sign-in, then /admin/account.",
  );
  say(`If it is lost: npm run weir -- admin reset ${made.person.email}`);
}

function openDoors(runtime: Runtime, secret: string): void {
  const telemetry = attachTelemetry({
    nodeId: runtime.nodeId,
    redis: runtime.queueRedis,
    keyPrefix: env.KEY_PREFIX,
  });
  closers.push(() => telemetry.close());
  endStreams = () => runtime.services.streams.drain();
  attachServerTiming();
  doors.metrics = () => telemetry.prometheus();
  const trustedProxies = new Set(env.TRUSTED_PROXIES);
  const origins = new Set(env.PUBLIC_ORIGIN === undefined ? [] : [env.PUBLIC_ORIGIN]);
  const { auth, cookie, readSession } = openAccounts(runtime, { secret, trustedProxies, origins });
  doors.auth = auth;
  doors.readSession = readSession;
  doors.trpc = createAppHandler({
    services: runtime.services,
    cookie,
    limits: limits.request,
    trustedProxies,
    origins,
    onError: ({ requestId, path, error }) => {
      if (error.code !== "INTERNAL_SERVER_ERROR") return;
      const cause = error.cause?.stack ?? error.stack ?? error.message;
      complain(JSON.stringify({ level: "error", requestId, procedure: path ?? null, error: cause }));
    },
  });
}

async function openPages(port: number): Promise<void> {
  const { default: next } = await import("next");
  const dev = env.NODE_ENV === "development";
  const app = next({ dev, dir: process.cwd(), hostname: env.HOST, port, httpServer: server });
  await app.prepare();
  doors.pages = withPagePolicies(app.getRequestHandler(), {
    pages: dev ? new Map() : await readBuiltPages(join(process.cwd(), ".next", "server", "app")),
    isTls: env.PUBLIC_ORIGIN?.startsWith("https:") ?? false,
    isDevelopment: dev,
    newNonce: () => randomBytes(16).toString("base64"),
  });
}

type Role = "all" | "api";

/** The role that was asked for; ends the program for `--help` and for what it does not know. */
function readArguments(): Role {
  try {
    const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" }, role: { type: "string" } } });
    if (values.help === true) {
      console.log(usage);
      process.exit(0);
    }
    const { role = "all" } = values;
    if (role === "all" || role === "api") return role;
    complain(`--role must be all or api; this is ${JSON.stringify(role)}.\n\n${usage}`);
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  process.exit(2);
}

/** Errors that name their cure are one line; any other shows where it came from. */
function explain(error: unknown): string {
  if (error instanceof ServiceError || error instanceof ListenError || error instanceof WeirError) return error.message;
  return inspect(error);
}

const role = readArguments();
onStopSignal(onSignal, () => process.exit(1));

try {
  const { runtime, secret } = await openEverything();
  openDoors(runtime, secret);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : env.PORT;
  if (role === "all") await step(openPages(port));
  else doors.pages = answerNoPages;
  readiness.state = "ready";
  const seconds = (performance.now() / 1000).toFixed(1);
  const origin = `http://${env.HOST === "127.0.0.1" ? "localhost" : env.HOST}:${port}`;
  const pages = role === "all" ? `Cities: ${origin}/   Dashboard: ${origin}/admin` : `API: ${origin}/api/trpc`;
  say(`Ready after ${seconds} s.  ${pages}`);
} catch (error) {
  complain(explain(error));
  await stop(1);
}
