import { randomBytes } from "node:crypto";
import { loadFeatures } from "@/server/features";
import { migrateAll } from "@/server/migrations";
import type { FeatureServers } from "@/server/rpc/feature-server";
import { openRuntime } from "@/server/runtime";
import { listProcedures, type Procedure } from "./procedures";

export type ServiceUrls = { databaseUrl: string; redisUrl: string; queueRedisUrl: string };

/** The variables that point a server at these services. */
export const environmentOf = ({ databaseUrl, redisUrl, queueRedisUrl }: ServiceUrls): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  QUEUE_REDIS_URL: queueRedisUrl,
  AUTH_SECRET: randomBytes(32).toString("base64"),
});

/**
 * Every procedure of the application with these features, from its router. Migrates the database on the way: the router is
 * made by the runtime, which expects its tables.
 */
export async function readProcedures(urls: ServiceUrls, features?: FeatureServers): Promise<Procedure[]> {
  const chosen: FeatureServers = features ?? (await loadFeatures());
  await migrateAll(urls.databaseUrl, chosen);
  const runtime = await openRuntime({
    features: chosen,
    nodeId: "siege-reader",
    poolMax: 2,
    keyPrefix: "siege-reader:",
    disabled: new Set(),
    ...urls,
  });
  try {
    return listProcedures(runtime.router);
  } finally {
    await runtime.close();
  }
}
