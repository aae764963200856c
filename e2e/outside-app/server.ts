import { createServer } from "node:http";
import { createCache } from "@weir/cache";
import { createDatabase, createOutbox, type Db, type Tx } from "@weir/postgres";
import { attachTelemetry } from "@weir/telemetry";
import { attachServerTiming, callsInFlight, createCachedHandler } from "@weir/trpc-node";
import { Redis } from "ioredis";
import next from "next";
import { createAppRouter } from "./router";

const { DATABASE_URL = "", REDIS_URL = "", QUEUE_REDIS_URL = "", PORT = "3000" } = process.env;
const keyPrefix = "weir:";
const nodeId = `notes-${process.pid}`;

const database = createDatabase({ url: DATABASE_URL });
const outbox = createOutbox(database);
const cache = createCache<Db, Tx>({ redis: { url: REDIS_URL }, nodeId, keyPrefix, outbox });
await cache.ready();

const redis = new Redis(QUEUE_REDIS_URL);
const sources = { role: "notes", version: "1.0.0", callsInFlight };
attachServerTiming();
const telemetry = attachTelemetry({ nodeId, redis, keyPrefix, database, cache, sources });

const trpc = createCachedHandler({ router: createAppRouter(database.db, cache) });
const app = next({ dev: process.env.NODE_ENV !== "production" });
await app.prepare();
const pages = app.getRequestHandler();
const server = createServer((req, res) =>
  req.url?.startsWith("/api/trpc/") === true ? trpc(req, res) : void pages(req, res),
);
server.listen(Number(PORT), "127.0.0.1");

process.once("SIGTERM", () => {
  server.close();
  void Promise.all([telemetry.close(), cache.close(), database.close()]).then(() => process.exit(0));
});
