import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { freePort, processIsAlive } from "@weir/embedded/processes";
import type { TemporaryServices } from "@weir/embedded";
import { fetchRaw } from "../hot-path/fetch-raw";
import { countConnections } from "../../../../../bench/process/connections";
import { type LiveMemory, readLiveMemory, tellingMemory } from "../../../../../bench/process/live-memory";
import { type ServerProcess, startServer } from "../../../../../bench/process/server-process";
import { onlooker } from "./onlooker";

/** The server's own metrics. */
export type Figures = { heapUsedMb: number; besideHeapMb: number; eventLoopUtilisation: number };

export type SoakedServer = ServerProcess & {
  isAlive: () => boolean;
  figures: () => Promise<Figures>;
  /** Forces a full garbage collection first, which takes about 100 ms. */
  liveMemory: () => Promise<LiveMemory>;
  /** Connections of clients that the server has not closed. */
  connections: () => number;
};

const megabyte = 2 ** 20;

function readMetric(page: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, "m").exec(page)?.[1];
  if (value === undefined) throw new Error(`/metrics has no ${name}.`);
  return Number(value);
}

/** Starts an API node of the build that reports its memory on request. */
export async function startSoakedServer(services: TemporaryServices): Promise<SoakedServer> {
  const port = await freePort();
  const metricsPort = await freePort();
  const file = join(services.folder, "live-memory.json");
  const server = await startServer({
    name: "Weir api",
    file: process.execPath,
    args: [...tellingMemory(file), "dist/main.js", "--role", "api"],
    env: {
      PORT: String(port),
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
      QUEUE_REDIS_URL: services.queueRedisUrl,
      DATA_DIR: join(services.folder, "api"),
      AUTH_SECRET: randomBytes(32).toString("base64"),
      ADMIN_EMAIL: onlooker.email,
      ADMIN_PASSWORD: onlooker.password,
      METRICS_PORT: String(metricsPort),
      // All load comes from one address.
      LIMIT_COLD_KEYS: "999999999",
    },
    port,
    readyPath: "/readyz",
    pidFolder: services.folder,
  });

  return {
    ...server,
    isAlive: () => processIsAlive(server.pid),
    connections: () => countConnections(port),
    figures: async () => {
      const { body } = await fetchRaw(`http://127.0.0.1:${metricsPort}/metrics`);
      const resident = readMetric(body, "process_resident_memory_bytes");
      return {
        heapUsedMb: readMetric(body, "nodejs_heap_size_used_bytes") / megabyte,
        besideHeapMb: (resident - readMetric(body, "nodejs_heap_size_total_bytes")) / megabyte,
        eventLoopUtilisation: readMetric(body, "weir_eventloop_utilisation"),
      };
    },
    liveMemory: () => readLiveMemory(server.pid, file),
  };
}
