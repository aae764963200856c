/** Files by their path in a house of their own. */
export type Tree = Readonly<Record<string, string>>;

const stub = (name: string): Tree => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0", main: "index.js" }),
  [`node_modules/${name}/index.js`]: "exports.made = 1;\n",
});

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
  "src/env.js": `import { made } from "zod"; export const env = made;`,
  "src/main.ts": `import { env } from "@/env.js"; import { open } from "@/server/runtime"; import { serve } from "@/server/http/server"; import { attach } from "@weir/telemetry/attach"; import { log } from "@/server/log/logger"; attach(); serve(open(env)); log(import("@/server/otel/export"));`,
  "src/shared/errors.ts": `export class Fault extends Error {}`,
  "src/contracts/city.ts": `import { made } from "zod"; import { Fault } from "@weir/core/errors"; export const input = [made, Fault];`,
  "src/client/client.ts": `import type { Router } from "@/server/rpc/root"; import { input } from "@/features/cities/contract"; export type Client = Router; export const first = input;`,
  "src/app/page.tsx": `import { first } from "@/client/client"; export default first;`,
  "src/server/channels.ts": `export const channels = 1;`,
  "src/server/scope.ts": `import "node:async_hooks"; export const scope = 1;`,
  "src/server/runtime.ts": `import { makeCache } from "./cache/index"; import { makeDatabase } from "./db/index"; import { made } from "ioredis"; import { service } from "./features/city/service"; import { caller } from "./rpc/caller"; export const open = (env: unknown) => [made, env, makeCache, makeDatabase, service, caller];`,
  "src/server/http/server.ts": `import { channels } from "../channels"; export const serve = (runtime: unknown) => [runtime, channels];`,
  "src/server/rpc/init.ts": `import { made } from "@trpc/server"; export const procedure = made;`,
  "src/server/rpc/caller.ts": `import { root } from "./root"; export const caller = root;`,
  "src/server/rpc/root.ts": `import { router } from "../features/city/router"; import { insights } from "../features/insights/service"; export const root = [router, insights]; export type Router = typeof root;`,
  "src/server/features/city/router.ts": `import { procedure } from "../../rpc/init"; import { input } from "@/features/cities/contract"; import { service } from "./service"; export const router = [procedure, input, service];`,
  "src/server/features/city/service.ts": `import type { Cache } from "../../cache/types"; import type { Db } from "../../db/client"; import { key } from "./keys"; import { byId } from "./queries"; export const service = (cache: Cache, db: Db) => [cache, db, key, byId];`,
  "src/server/features/city/keys.ts": `export const key = 1;`,
  "src/server/features/city/queries.ts": `import { made } from "drizzle-orm"; import { cities } from "../../db/schema/cities"; export const byId = [made, cities];`,
  "src/server/features/city/service.test.ts": `import { test } from "vitest"; import { byId } from "../insights/keys"; import { makeDatabase } from "../../db/index"; import { open } from "@weir/testkit/testing"; test(byId, makeDatabase, open);`,
  "src/server/features/insights/keys.ts": `export const byId = 1;`,
  "src/server/features/insights/service.ts": `import { read } from "../../telemetry/read"; import { byId } from "./keys"; import { service } from "../city/service"; import { rows } from "../../figures/rows"; import { stream } from "../../live/streams"; import { plans } from "../plans/service"; export const insights = [read, byId, service, rows, stream, plans];`,
  "src/server/features/plans/service.ts": `import { plan } from "../../plans/explainer"; export const plans = plan;`,
  "src/server/cache/types.ts": `export type Cache = 1; export type Port = 1;`,
  "src/server/cache/index.ts": `import type { Cache } from "./types"; import { channels } from "../channels"; export const makeCache = (cache: Cache) => [cache, channels];`,
  "src/server/db/client.ts": `import { made } from "postgres"; import { scope } from "../scope"; export type Db = 1; export const open = [made, scope];`,
  "src/server/db/index.ts": `import type { Port } from "../cache/types"; import { open } from "./client"; export const makeDatabase = (port: Port) => [port, open];`,
  "src/server/db/schema/cities.ts": `import { made } from "drizzle-orm"; export const cities = made;`,
  "src/server/telemetry/attach.ts": `import { record } from "./recorder"; export const attach = () => record;`,
  "src/server/telemetry/recorder.ts": `import { channels } from "../channels"; export const record = channels;`,
  "src/server/telemetry/read.ts": `import { record } from "./recorder"; export const read = record;`,
  "src/server/telemetry/metrics.ts": `import { record } from "./recorder"; export const metrics = record;`,
  "src/server/figures/rows.ts": `import { input } from "@/features/cities/contract"; import { read } from "../telemetry/read"; export const rows = [input, read];`,
  "src/server/plans/explainer.ts": `import type { Db } from "../db/client"; import { Fault } from "@weir/core/errors"; export const plan = (db: Db) => [db, Fault];`,
  "src/server/live/streams.ts": `import { scope } from "../scope"; import { input } from "@/features/cities/contract"; export const stream = [scope, input];`,
  "src/server/log/logger.ts": `import { made } from "pino"; import { channels } from "../channels"; export const log = (said: unknown) => [made, channels, said];`,
  "src/server/otel/export.ts": `import { made } from "@opentelemetry/api"; import { metrics } from "../telemetry/metrics"; export const sent = [made, metrics];`,
  "src/threads/hash.ts": `import { Fault } from "@weir/core/errors"; export const hash = Fault;`,
  "src/jobs/main.ts": `import { read } from "@weir/telemetry/read"; export const run = read;`,
  "src/lab/main.ts": `import { input } from "@/features/cities/contract"; export const knock = input;`,
  "src/cli/main.ts": `import { open } from "@/server/runtime"; export const cli = open;`,
  "src/dev/testing.ts": `import { made } from "postgres"; export const open = made;`,
};

/** What breaks each wall, and nothing else: files added to, or laid over, the sound house. */
export const violations: Readonly<Record<string, Tree>> = {
  "shared-is-the-ground": {
    "src/shared/errors.ts": `import { randomUUID } from "node:crypto"; export class Fault { id = randomUUID(); }`,
  },
  "contracts-are-words": { "src/contracts/city.ts": `import { made } from "@trpc/server"; export const input = made;` },
  "client-knows-words-only": {
    "src/client/link.ts": `import type { Cache } from "@weir/cache"; export type Link = Cache;`,
  },
  "client-sees-the-type-of-the-router": {
    "src/client/link.ts": `import type { Router } from "@/server/rpc/root"; import { root } from "@/server/rpc/root"; export const link: Router = root;`,
  },
  "client-runs-in-the-browser": { "src/client/link.ts": `import { join } from "node:path"; export const link = join;` },
  "app-knows-the-caller-only": {
    "src/app/page.tsx": `import type { Cache } from "@weir/cache"; export type Page = Cache;`,
  },
  "app-sees-the-type-of-the-caller": {
    "src/app/page.tsx": `import { caller } from "@/server/rpc/caller"; export default caller;`,
  },
  "nobody-imports-app": {
    "src/server/http/server.ts": `import page from "@/app/page"; export const serve = (runtime: unknown) => [runtime, page];`,
  },
  "features-have-roles": {
    "src/server/features/city/keys.ts": `import { key as made } from "./shape"; export const key = made;`,
    "src/server/features/city/shape.ts": `export const key = 1;`,
  },
  "router-is-thin": {
    "src/server/features/city/router.ts": `import { byId } from "./queries"; export const router = byId;`,
  },
  "services-receive-their-tools": {
    "src/server/features/city/service.ts": `import { makeDatabase } from "../../db/index"; import { key } from "./keys"; export const service = [makeDatabase, key];`,
  },
  "sql-lives-in-queries": {
    "src/server/features/city/service.ts": `import { made } from "drizzle-orm"; import { key } from "./keys"; export const service = [made, key];`,
  },
  "drivers-stay-in-their-engines": {
    "src/server/http/server.ts": `import { made } from "ioredis"; export const serve = (runtime: unknown) => [runtime, made];`,
  },
  "engines-start-in-the-runtime": {
    "src/server/http/server.ts": `import { makeCache } from "../cache/index"; export const serve = (runtime: unknown) => [runtime, makeCache];`,
  },
  "features-meet-at-the-service": {
    "src/server/features/city/service.ts": `import { byId } from "../insights/keys"; import { key } from "./keys"; export const service = [byId, key];`,
  },
  "cache-and-db-are-strangers": {
    "src/server/cache/index.ts": `import type { Db } from "../db/client"; export const makeCache = (db: Db) => db;`,
  },
  "db-takes-the-shape-of-the-port": {
    "src/server/cache/types.ts": `export type Port = 1; export type Cache = 1; export const most = 1;`,
    "src/server/db/index.ts": `import { most } from "../cache/types"; export const makeDatabase = most;`,
  },
  "telemetry-listens": {
    "src/server/telemetry/recorder.ts": `import type { Db } from "../db/client"; export const record = (db: Db) => db;`,
  },
  "nobody-calls-telemetry": {
    "src/server/rpc/init.ts": `import { record } from "../telemetry/recorder"; export const procedure = record;`,
  },
  "insights-read-the-read-model": {
    "src/server/features/insights/service.ts": `import { record } from "../../telemetry/recorder"; export const insights = record;`,
  },
  "figures-take-shapes": {
    "src/server/figures/rows.ts": `import { record } from "../telemetry/recorder"; export const rows = record;`,
  },
  "figures-are-pure": {
    "src/server/figures/rows.ts": `import { createHash } from "node:crypto"; export const rows = createHash;`,
  },
  "plans-receive-their-sources": {
    "src/server/plans/explainer.ts": `import { channels } from "../channels"; export const plan = channels;`,
  },
  "plans-answer-their-feature": {
    "src/server/http/server.ts": `import { plan } from "../plans/explainer"; export const serve = (runtime: unknown) => [runtime, plan];`,
  },
  "live-carries-anything": {
    "src/server/live/streams.ts": `import { byId } from "../features/insights/keys"; export const stream = byId;`,
  },
  "log-hears-channels": {
    "src/server/log/logger.ts": `import type { Cache } from "../cache/types"; export const log = (said: Cache | unknown) => said;`,
  },
  "otel-exports-what-telemetry-has": {
    "src/server/otel/export.ts": `import type { Cache } from "../cache/types"; export const sent = (told: Cache) => told;`,
  },
  "boot-opens-log-and-otel": {
    "src/server/http/server.ts": `import { log } from "../log/logger"; export const serve = (runtime: unknown) => [runtime, log];`,
  },
  "sdks-stay-in-their-rooms": {
    "src/server/rpc/init.ts": `import { made } from "pino"; export const procedure = made;`,
  },
  "nobody-imports-a-door": {
    "src/server/rpc/init.ts": `import { serve } from "../http/server"; export const procedure = serve;`,
  },
  "main-opens-every-door": { "src/jobs/main.ts": `import { cli } from "@/cli/main"; export const run = cli;` },
  "threads-are-pure": {
    "src/threads/hash.ts": `import type { Cache } from "@weir/cache"; export type Hash = Cache;`,
  },
  "lab-knocks-from-outside": {
    "src/lab/main.ts": `import { open } from "@/server/runtime"; export const knock = open;`,
  },
  "no-cycles": {
    "src/shared/errors.ts": `import { other } from "./other"; export class Fault { other = other; }`,
    "src/shared/other.ts": `import { Fault } from "./errors"; export const other: unknown = Fault;`,
  },
  "no-orphans": { "src/server/forgotten.ts": `export const forgotten = 1;` },
  "tests-are-leaves": {
    "src/server/http/server.ts": `import { test } from "vitest"; export const serve = (runtime: unknown) => [runtime, test];`,
  },
  "no-junk-drawers": {
    "src/shared/utils.ts": `export const most = 1;`,
    "src/shared/errors.ts": `import { most } from "./utils"; export class Fault { most = most; }`,
  },
  "every-import-resolves": {
    "src/server/http/server.ts": `import { gone } from "./gone"; export const serve = (runtime: unknown) => [runtime, gone];`,
  },
};
