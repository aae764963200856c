import type { TestProject } from "vitest/node";
import { startTemporaryServices } from "@weir/embedded";
import { env } from "@/env.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** The administrative database of the run's own Postgres; tests create theirs with `createTestDatabase`. */
    databaseUrl: string;
    /** The run's own Redis, set up as a cache (evicting). Keys go under `testPrefix()`. */
    redisUrl: string;
    /** The run's own Redis, set up for jobs (never evicting). */
    queueRedisUrl: string;
  }
}

/** Starts the services once for all integration tests of a run; returns a function that stops them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startTemporaryServices({ install: env.WEIR_INSTALL });
  project.provide("databaseUrl", services.databaseUrl);
  project.provide("redisUrl", services.redisUrl);
  project.provide("queueRedisUrl", services.queueRedisUrl);
  return services.close;
}
