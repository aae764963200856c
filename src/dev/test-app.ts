import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import { inject } from "vitest";
import type { User, Role } from "@/server/auth/contract";
import { createAppHandler } from "@/server/http/app-handler";
import { addressSet, attachServerTiming, callsInFlight, drain, listen } from "@weir/trpc-node";
import type { Readiness } from "@/server/http/server";
import { openAccounts } from "@/server/http/auth-door";
import { createHttpServer, type Doors } from "@/server/http/server";
import { users } from "@/server/schema";
import type { FeatureServers } from "@/server/rpc/feature-server";
import { type CacheWarning, describeWarning } from "@weir/cache";
import { openRuntime, type Runtime, type RuntimeOptions } from "@/server/runtime";
import { attachTelemetry, attachTraces, type Telemetry, type Traces, type TracesOptions } from "@weir/telemetry";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { createNotesDatabase, type NotesFeatures, notesFeatures } from "./notes/test-notes";

export type TestApp<Features extends FeatureServers = NotesFeatures> = {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  runtime: Runtime<Features>;
  telemetry: Telemetry;
  traces: Traces;
  readiness: Readiness;
  /** Makes a request for `/metrics` acceptable. */
  metricsHeaders: { authorization: string };
  /** Creates a user with this role and signs in. `headers` make a call look like a page with this session. */
  signIn: (role: Role) => Promise<SignedInUser>;
  /** Mistakes in the use of the cache. Whatever is still in it at the end fails the test. */
  cacheWarnings: CacheWarning[];
  [Symbol.asyncDispose]: () => Promise<void>;
};

export type TestAppOptions = Partial<Omit<RuntimeOptions<FeatureServers>, "features">> & {
  /** Replaces Next. */
  pages?: Doors["pages"];
  /** Addresses and networks; none unless given. */
  trustedProxies?: readonly string[];
  /** Trace settings; the defaults unless given. */
  tracing?: Partial<TracesOptions>;
};

export type SignedInUser = {
  user: User;
  password: string;
  /** `name=value`. */
  cookie: string;
  headers: { cookie: string; origin: string };
};

/** The cheapest scrypt parameters, because these tests do not measure hashing. */
const passwordCost = { logN: 4, r: 1, p: 1 };

/** Features other than the notes, and how to create a database with their tables. */
export type TestFeatures<Features extends FeatureServers> = {
  features: Features;
  openDatabase: () => Promise<TestDatabase>;
};

const metricsToken = "a token of the tests";

const withNotes: TestFeatures<NotesFeatures> = { features: notesFeatures, openDatabase: createNotesDatabase };

/** The server without pages, with the notes as its only feature, on its own database unless `databaseUrl` is given. */
export function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  return startTestAppWith(withNotes, options);
}

/** The same with other features. */
export async function startTestAppWith<const Features extends FeatureServers>(
  { features, openDatabase }: TestFeatures<Features>,
  { pages = null, trustedProxies: proxies = [], tracing = {}, ...options }: TestAppOptions = {},
): Promise<TestApp<Features>> {
  const { keyPrefix = testPrefix() } = options;
  const trustedProxies = addressSet(proxies);
  const database = options.databaseUrl === undefined ? await openDatabase() : null;
  const databaseUrl = options.databaseUrl ?? database?.url ?? "";
  const cacheWarnings: CacheWarning[] = [];
  const runtime = await openRuntime({
    features,
    cacheChecks: { onWarning: (warning) => cacheWarnings.push(warning), verify: 0 },
    nodeId: `test-${randomBytes(4).toString("hex")}`,
    poolMax: 4,
    redisUrl: inject("redisUrl"),
    queueRedisUrl: inject("queueRedisUrl"),
    keyPrefix,
    disabled: new Set(),
    passwordCost,
    ...options,
    databaseUrl,
  });
  const { auth, cookie, readSession } = openAccounts(runtime, {
    secret: randomBytes(32).toString("base64"),
    trustedProxies,
    origins: new Set(),
  });
  const telemetry = attachTelemetry({
    nodeId: runtime.nodeId,
    redis: runtime.queueRedis,
    keyPrefix,
    database: runtime.database,
    cache: runtime.cache,
    sources: { role: "api", version: "0.0.0-test", callsInFlight },
  });
  const traces = attachTraces({ nodeId: runtime.nodeId, redis: runtime.queueRedis, keyPrefix, ...tracing });
  const detach = attachServerTiming();
  let count = 0;
  const readiness: Readiness = { state: "ready" };
  const doors: Doors = {
    trpc: createAppHandler({ router: runtime.router, services: runtime.services, cookie, trustedProxies }),
    auth,
    pages,
    readSession,
    metrics: () => telemetry.prometheus(),
  };
  const server = createHttpServer({
    doors,
    readiness,
    metricsToken,
    nextRequestId: () => `test-${(count += 1)}`,
  });
  await listen(server, 0, "127.0.0.1");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin,
    metricsHeaders: { authorization: `Bearer ${metricsToken}` },
    signIn: (role) => signInAs(runtime, origin, role),
    runtime,
    telemetry,
    traces,
    cacheWarnings,
    readiness,
    [Symbol.asyncDispose]: async () => {
      await drain(server, { delayMs: 0, graceMs: 1_000, endStreams: () => runtime.services.streams.drain() });
      detach();
      await traces.close();
      await telemetry.close();
      await runtime.close();
      await database?.drop();
      if (cacheWarnings.length > 0) throw new Error(cacheWarnings.map(describeWarning).join("\n"));
    },
  };
}

const tester = { id: null, label: "test", sessionId: null, address: null, requestId: null };

async function signInAs(
  { services, database }: Pick<Runtime, "services" | "database">,
  origin: string,
  role: Role,
): Promise<SignedInUser> {
  const email = `${role}-${randomBytes(4).toString("hex")}@example.com`;
  const { user, temporaryPassword } = await services.users.create({ email, name: role, role }, tester);
  // As after a change of the password, which takes an estimate and two hashes.
  await database.db.update(users).set({ mustChangePassword: false }).where(eq(users.id, user.id));
  const { cookie } = await requestSession(origin, email, temporaryPassword);
  const headers = { cookie, origin };
  return { user: { ...user, mustChangePassword: false }, password: temporaryPassword, cookie, headers };
}

function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}

/** Signs in with a password, as a page of `origin` does. */
export async function requestSession(origin: string, email: string, password: string) {
  const response = await fetch(`${origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ email, password }),
  });
  return { status: response.status, cookie: cookieOf(response), response };
}
