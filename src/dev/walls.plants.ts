/** Files by their path in a house of their own. */
export type Tree = Readonly<Record<string, string>>;

const stub = (name: string): Tree => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0", main: "index.js" }),
  [`node_modules/${name}/index.js`]: "exports.made = 1;\n",
});

/** A package that exports its index and the modules named. */
const engine = (name: string, subpaths: readonly string[], sources: Tree): Tree => ({
  [`packages/${name}/package.json`]: JSON.stringify({
    name: `@weir/${name}`,
    version: "1.0.0",
    exports: Object.fromEntries([
      [".", "./src/index.ts"],
      ...subpaths.map((path) => [`./${path}`, `./src/${path}.ts`]),
    ]),
  }),
  ...Object.fromEntries(Object.entries(sources).map(([path, text]) => [`packages/${name}/src/${path}`, text])),
});

/** The packages of the sound house: each is linked into node_modules. */
export const engines = [
  "core",
  "cache",
  "postgres",
  "trpc-node",
  "telemetry",
  "query-advisor",
  "client",
  "embedded",
  "testkit",
] as const;

/** A small house that keeps every rule: one file per room, joined the way the real one is. */
export const soundHouse: Tree = {
  ...stub("zod"),
  ...stub("postgres"),
  ...stub("ioredis"),
  ...stub("drizzle-orm"),
  ...stub("@trpc/server"),
  ...stub("vitest"),
  ...stub("pino"),
  ...stub("@opentelemetry/api"),
  "package.json": JSON.stringify({ name: "house", workspaces: ["packages/*"] }),

  ...engine("core", ["errors", "scope"], {
    "index.ts": `export * from "./errors"; export * from "./scope";`,
    "errors.ts": `export class Fault extends Error {}`,
    "scope.ts": `import { AsyncLocalStorage } from "node:async_hooks"; export const scope = AsyncLocalStorage;`,
  }),
  ...engine("cache", [], {
    "index.ts": `import { made } from "ioredis"; import { scope } from "@weir/core/scope"; import { fence } from "./fence"; export type Cache = 1; export const createCache = [made, scope, fence];`,
    "fence.ts": `export const fence = 1;`,
    "cache.int.test.ts": `import { test } from "vitest"; import { open } from "@weir/testkit"; import { fence } from "./fence"; test(open, fence);`,
  }),
  ...engine("postgres", ["schema"], {
    "index.ts": `import { made } from "postgres"; import { scope } from "@weir/core/scope"; export type Db = 1; export const createDatabase = [made, scope];`,
    "schema.ts": `import { made } from "drizzle-orm"; export const outbox = made;`,
  }),
  ...engine("trpc-node", [], {
    "index.ts": `import { made } from "@trpc/server"; import { Fault } from "@weir/core/errors"; import type { Cache } from "@weir/cache"; export const createTrpcHandler = (cache: Cache) => [made, Fault, cache];`,
  }),
  ...engine("telemetry", ["store/store", "otel/export"], {
    "index.ts": `import { record } from "./record"; export const attach = record;`,
    "record.ts": `import { scope } from "@weir/core/scope"; export const record = scope;`,
    "store/store.ts": `import { createDatabase, type Db } from "@weir/postgres"; export const store = (db: Db) => [db, createDatabase];`,
    "otel/export.ts": `import { made } from "@opentelemetry/api"; import { record } from "../record"; export const send = [made, record];`,
  }),
  ...engine("query-advisor", [], {
    "index.ts": `import { Fault } from "@weir/core/errors"; import type { Db } from "@weir/postgres"; export const advise = (db: Db) => [db, Fault];`,
  }),
  ...engine("client", [], { "index.ts": `import { Fault } from "@weir/core/errors"; export const client = Fault;` }),
  ...engine("embedded", [], { "index.ts": `import { spawn } from "node:child_process"; export const start = spawn;` }),
  ...engine("testkit", [], { "index.ts": `import { start } from "@weir/embedded"; export const open = start;` }),

  "src/env.js": `import { made } from "zod"; export const env = made;`,
  "src/main.ts": `import { env } from "@/env.js"; import { start } from "@weir/embedded"; import { attach } from "@weir/telemetry"; import { open } from "@/server/runtime"; import { serve } from "@/server/http/server"; import { log } from "@/server/log/logger"; start(env); attach(open(log)); serve(import("@weir/telemetry/otel/export"));`,
  "src/app/page.tsx": `import { featurePages } from "@/admin/pages"; import { Users } from "@/admin/users/ui/users"; import { Button } from "@/ui/button"; import { prefetch } from "@/server/rpc/prefetch"; export default [featurePages, Users, Button, prefetch];`,
  "src/ui/button.tsx": `import type { Router } from "@/server/rpc/root"; import { Fault } from "@weir/core/errors"; export const Button = Fault; export type Shown = Router;`,

  "src/features/index.ts": `import { orders } from "./orders/feature"; import { stock } from "./stock/feature"; export const features = [orders, stock]; export const servers = { orders: () => import(/* turbopackIgnore: true */ "./orders/server"), stock: () => import(/* turbopackIgnore: true */ "./stock/server") };`,
  "src/features/orders/feature.ts": `import { defineFeature } from "@/server/rpc/feature"; import { errors } from "./errors"; export const orders = defineFeature([errors, () => import("./ui/orders-page")]);`,
  "src/features/orders/errors.ts": `import { Fault } from "@weir/core/errors"; export const errors = Fault;`,
  "src/features/orders/server.ts": `import { defineFeatureServer } from "@/server/rpc/feature-server"; import { service } from "./service"; import { router } from "./router"; import { importOrders } from "./import"; export const server = defineFeatureServer(service, [router, importOrders]);`,
  "src/features/orders/contract.ts": `import { z } from "@/server/rpc/zod"; export const input = z;`,
  "src/features/orders/router.ts": `import { procedure } from "@/server/rpc/procedures"; import { input } from "./contract"; import { service } from "./service"; export const router = [procedure, input, service];`,
  "src/features/orders/service.ts": `import type { Cache } from "@weir/cache"; import type { Db } from "@weir/postgres"; import type { Actor } from "@/server/rpc/feature-server"; import { feed } from "@/server/live/feed"; import { stock } from "../stock/feature"; import { key } from "./keys"; import { byId } from "./queries"; export const service = (cache: Cache, db: Db, actor: Actor) => [cache, db, actor, feed, stock, key, byId];`,
  "src/features/orders/keys.ts": `export const key = 1;`,
  "src/features/orders/schema.ts": `import { made } from "drizzle-orm"; export const orders = made;`,
  "src/features/orders/queries.ts": `import { made } from "drizzle-orm"; import { createDatabase } from "@weir/postgres"; import { orders } from "./schema"; export const byId = [made, createDatabase, orders];`,
  "src/features/orders/import.ts": `import { createDatabase } from "@weir/postgres"; import { orders } from "./schema"; export const importOrders = [createDatabase, orders];`,
  "src/features/orders/ui/orders-page.tsx": `import { Button } from "@/ui/button"; import { input } from "../contract"; export default [Button, input];`,
  "src/features/orders/service.test.ts": `import { test } from "vitest"; import { createCache } from "@weir/cache"; import { open } from "@weir/testkit"; import { fence } from "../../../packages/cache/src/fence"; import { key } from "../stock/keys"; test(createCache, open, fence, key);`,
  "src/features/stock/feature.ts": `import { defineFeature } from "@/server/rpc/feature"; export const stock = defineFeature([]);`,
  "src/features/stock/server.ts": `import { defineFeatureServer } from "@/server/rpc/feature-server"; import { key } from "./keys"; export const server = defineFeatureServer(key, []);`,
  "src/features/stock/keys.ts": `export const key = 1;`,

  "src/admin/pages.ts": `import { features } from "@/features"; export const featurePages = features;`,
  "src/admin/users/contract.ts": `import { z } from "@/server/rpc/zod"; export const user = z;`,
  "src/admin/users/router.ts": `import { procedure } from "@/server/rpc/procedures"; import { user } from "./contract"; import { service } from "./service"; export const router = [procedure, user, service];`,
  "src/admin/users/service.ts": `import type { Db } from "@weir/postgres"; import type { Audit } from "../audit/service"; import { secret } from "@/server/auth/secret"; import { all } from "./queries"; export const service = (db: Db, audit: Audit) => [db, audit, secret, all];`,
  "src/admin/users/queries.ts": `import { made } from "drizzle-orm"; import { tables } from "@/server/schema"; export const all = [made, tables];`,
  "src/admin/users/ui/users.tsx": `import { Button } from "@/ui/button"; import { event } from "../../audit/contract"; import { user } from "../contract"; export const Users = [Button, event, user];`,
  "src/admin/audit/contract.ts": `import { features } from "@/features"; export const event = features;`,
  "src/admin/audit/schema.ts": `import { made } from "drizzle-orm"; export const entries = made;`,
  "src/admin/audit/service.ts": `import { attach } from "@weir/telemetry"; import { event } from "./contract"; export type Audit = 1; export const audit = [attach, event];`,

  "src/server/schema.ts": `import { outbox } from "@weir/postgres/schema"; import { store } from "@weir/telemetry/store/store"; import { entries } from "@/admin/audit/schema"; export const tables = [outbox, store, entries];`,
  "src/server/features.ts": `import { servers } from "@/features"; export const loadFeatures = servers;`,
  "src/server/runtime.ts": `import { made } from "ioredis"; import { createCache } from "@weir/cache"; import { createDatabase } from "@weir/postgres"; import { createTrpcHandler } from "@weir/trpc-node"; import { advise } from "@weir/query-advisor"; import { service } from "@/admin/users/service"; import { audit } from "@/admin/audit/service"; import { loadFeatures } from "./features"; import { caller } from "./rpc/caller"; export const open = (env: unknown) => [made, env, createCache, createDatabase, createTrpcHandler, advise, service, audit, loadFeatures, caller];`,
  "src/server/auth/secret.ts": `import { randomBytes } from "node:crypto"; export const secret = randomBytes;`,
  "src/server/http/server.ts": `import { scope } from "@weir/core/scope"; export const serve = (runtime: unknown) => [runtime, scope];`,
  "src/server/live/feed.ts": `import { scope } from "@weir/core/scope"; export const feed = scope;`,
  "src/server/log/logger.ts": `import { made } from "pino"; import { scope } from "@weir/core/scope"; export const log = (said: unknown) => [made, scope, said];`,
  "src/server/rpc/zod.ts": `import { made } from "zod"; export const z = made;`,
  "src/server/rpc/feature.ts": `export const defineFeature = (definition: unknown) => definition;`,
  "src/server/rpc/feature-server.ts": `export type Actor = 1; export const defineFeatureServer = (open: unknown, routers: unknown) => [open, routers];`,
  "src/server/rpc/procedures.ts": `import { made } from "@trpc/server"; export const procedure = made;`,
  "src/server/rpc/root.ts": `import { router } from "@/admin/users/router"; export const root = router; export type Router = typeof root;`,
  "src/server/rpc/prefetch.ts": `import type { Caller } from "./caller"; export const prefetch = 1 as unknown as Caller;`,
  "src/server/rpc/caller.ts": `import { root } from "./root"; export const caller = root; export type Caller = typeof root;`,
  "src/cli/main.ts": `import { open } from "@/server/runtime"; import { start } from "@weir/embedded"; import { client } from "@weir/client"; export const cli = [open, start, client];`,
  "src/dev/seed.ts": `import { open } from "@weir/testkit"; export const seed = open;`,
  "src/dev/check.ts": `import { seed } from "./seed"; export const check = seed;`,
};

/** What breaks each wall, and nothing else: files added to, or laid over, the sound house. */
export const violations: Readonly<Record<string, Tree>> = {
  "packages-import-no-application": {
    "packages/cache/src/cache.int.test.ts": `import { key } from "../../../src/features/orders/keys"; export const test = key;`,
  },
  "core-stands-on-nothing": {
    "packages/core/src/errors.ts": `import { client } from "@weir/client"; export const Fault = Error; export const caller = client;`,
    "packages/client/src/index.ts": `export const client = 1;`,
  },
  "cache-stands-on-core": {
    "packages/cache/src/fence.ts": `import type { Db } from "@weir/postgres"; export const fence = (db: Db) => db;`,
  },
  "postgres-stands-on-core": {
    "packages/postgres/src/schema.ts": `import { made } from "drizzle-orm"; import type { Cache } from "@weir/cache"; export const outbox = (cache: Cache) => [cache, made];`,
  },
  "trpc-node-stands-on-core-and-cache": {
    "packages/trpc-node/src/index.ts": `import { createDatabase } from "@weir/postgres"; export const createTrpcHandler = createDatabase;`,
  },
  "telemetry-stands-on-core-and-postgres": {
    "packages/telemetry/src/record.ts": `import type { Cache } from "@weir/cache"; export const record = (cache: Cache) => cache;`,
  },
  "query-advisor-stands-on-core-and-postgres": {
    "packages/query-advisor/src/index.ts": `import { attach } from "@weir/telemetry"; export const advise = attach;`,
  },
  "client-stands-on-core": {
    "packages/client/src/index.ts": `import { createTrpcHandler } from "@weir/trpc-node"; export const client = createTrpcHandler;`,
  },
  "embedded-stands-on-nothing": {
    "packages/embedded/src/index.ts": `import { Fault } from "@weir/core/errors"; export const start = Fault;`,
  },
  "testkit-stands-on-embedded": {
    "packages/testkit/src/index.ts": `import { createDatabase } from "@weir/postgres"; export const open = createDatabase;`,
  },
  "engines-are-handed-the-cache": {
    "packages/trpc-node/src/index.ts": `import { createCache } from "@weir/cache"; export const createTrpcHandler = createCache;`,
  },
  "telemetry-hears-channels": {
    "packages/telemetry/src/record.ts": `import { createDatabase } from "@weir/postgres"; export const record = createDatabase;`,
  },
  "packages-are-entered-by-exports": {
    "src/server/http/server.ts": `import { record } from "../../../packages/core/src/errors"; export const serve = (runtime: unknown) => [runtime, record];`,
  },
  "programs-start-services": {
    "src/server/auth/secret.ts": `import { start } from "@weir/embedded"; export const secret = start;`,
  },
  "testkit-is-for-tests": {
    "src/cli/main.ts": `import { open } from "@weir/testkit"; import { client } from "@weir/client"; export const cli = [open, client];`,
  },
  "sdks-stay-in-their-rooms": {
    "src/server/rpc/procedures.ts": `import { made } from "pino"; export const procedure = made;`,
  },
  "ui-knows-no-feature-and-no-page": {
    "src/ui/button.tsx": `import type { user } from "@/admin/users/contract"; export const Button = (shown: typeof user) => shown;`,
  },
  "app-mounts-pages": {
    "src/app/page.tsx": `import { user } from "@/admin/users/contract"; export default user;`,
  },
  "nothing-imports-app": {
    "src/server/http/server.ts": `import page from "@/app/page"; export const serve = (runtime: unknown) => [runtime, page];`,
  },
  "one-file-lists-the-features": {
    "src/server/features.ts": `import { servers } from "@/features"; import type { orders } from "@/features/orders/feature"; export const loadFeatures = servers; export type Orders = typeof orders;`,
  },
  "features-meet-at-feature": {
    "src/features/orders/keys.ts": `import { key as made } from "../stock/keys"; export const key = made;`,
  },
  "features-know-builders": {
    "src/features/orders/keys.ts": `import { secret } from "@/server/auth/secret"; export const key = secret;`,
  },
  "pages-know-builders": {
    "src/admin/audit/service.ts": `import { log } from "@/server/log/logger"; export type Audit = 1; export const audit = log;`,
  },
  "pages-meet-at-contract-and-ui": {
    "src/admin/users/service.ts": `import { audit } from "../audit/service"; import { all } from "./queries"; export const service = [audit, all];`,
  },
  "pages-are-opened-above": {
    "src/server/live/feed.ts": `export const feed = 1;`,
    "src/server/features.ts": `import { servers } from "@/features"; import { featurePages } from "@/admin/pages"; export const loadFeatures = [servers, featurePages];`,
  },
  "router-is-thin": {
    "src/features/orders/router.ts": `import { byId } from "./queries"; export const router = byId;`,
  },
  "services-are-handed-db-and-cache": {
    "src/features/orders/service.ts": `import { createCache } from "@weir/cache"; import { key } from "./keys"; export const service = [createCache, key];`,
  },
  "sql-lives-in-queries": {
    "src/features/orders/service.ts": `import { made } from "drizzle-orm"; import { key } from "./keys"; export const service = [made, key];`,
  },
  "only-the-runtime-opens-connections": {
    "src/server/http/server.ts": `import { made } from "ioredis"; export const serve = (runtime: unknown) => [runtime, made];`,
  },
  "only-main-opens-doors": {
    "src/cli/main.ts": `import { serve } from "@/server/http/server"; import { client } from "@weir/client"; export const cli = [serve, client];`,
  },
  "next-bundles-no-server": {
    "src/features/orders/ui/orders-page.tsx": `import { service } from "../service"; export default service;`,
  },
  "the-list-loads-servers-lazily": {
    "src/features/index.ts": `import { orders } from "./orders/feature"; import { stock } from "./stock/feature"; import { server } from "./orders/server"; export const features = [orders, stock]; export const servers = { orders: () => server, stock: () => import(/* turbopackIgnore: true */ "./stock/server") };`,
  },
  "browsers-have-no-node-modules": {
    "src/ui/button.tsx": `import { join } from "node:path"; export const Button = join;`,
  },
  "telemetry-is-not-called": {
    "src/server/auth/secret.ts": `import { attach } from "@weir/telemetry"; export const secret = attach;`,
  },
  "log-hears-channels": {
    "src/server/log/logger.ts": `import type { Cache } from "@weir/cache"; export const log = (said: Cache | unknown) => said;`,
  },
  "live-carries-anything": {
    "src/server/live/feed.ts": `import type { Audit } from "@/admin/audit/service"; export const feed = (audit: Audit) => audit;`,
  },
  "no-cycles": {
    "packages/cache/src/fence.ts": `import { createCache } from "./index"; export const fence: unknown = createCache;`,
  },
  "no-orphans": { "src/server/forgotten.ts": `export const forgotten = 1;` },
  "tests-are-leaves": {
    "src/server/http/server.ts": `import { test } from "vitest"; export const serve = (runtime: unknown) => [runtime, test];`,
  },
  "no-drawers": {
    "packages/cache/src/utils.ts": `export const fence = 1;`,
    "packages/cache/src/fence.ts": `export { fence } from "./utils";`,
  },
  "every-import-resolves": {
    "src/server/http/server.ts": `import { fence } from "@weir/cache/fence"; export const serve = (runtime: unknown) => [runtime, fence];`,
  },
};
