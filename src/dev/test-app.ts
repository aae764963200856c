import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { createAppHandler } from "@/server/http/app-handler";
import { drain } from "@/server/http/drain";
import type { Readiness } from "@/server/http/health";
import { listen } from "@/server/http/listen";
import { createHttpServer, type Doors } from "@/server/http/server";
import { attachServerTiming } from "@/server/http/server-timing";
import { openRuntime, type Runtime, type RuntimeOptions } from "@/server/runtime";
import { attachTelemetry, type Telemetry } from "@/server/telemetry/attach";
import { createTestDatabase, testPrefix } from "./testing";

export type TestApp = {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  runtime: Runtime;
  telemetry: Telemetry;
  readiness: Readiness;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** The server without pages, over a database of its own that holds all cities. */
export async function startTestApp(options: Partial<RuntimeOptions> = {}): Promise<TestApp> {
  const database = await createTestDatabase({ cities: true });
  const keyPrefix = testPrefix();
  const runtime = await openRuntime({
    nodeId: `test-${randomBytes(4).toString("hex")}`,
    databaseUrl: database.url,
    poolMax: 4,
    redisUrl: inject("redisUrl"),
    queueRedisUrl: inject("queueRedisUrl"),
    keyPrefix,
    disabled: new Set(),
    ...options,
  });
  const telemetry = attachTelemetry({ nodeId: runtime.nodeId, redis: runtime.queueRedis, keyPrefix });
  const detach = attachServerTiming();
  let count = 0;
  const readiness: Readiness = { state: "ready" };
  const doors: Doors = {
    trpc: createAppHandler({ services: runtime.services, trustedProxies: new Set() }),
    pages: null,
    metrics: () => telemetry.prometheus(),
  };
  const server = createHttpServer({
    doors,
    readiness,
    trustedProxies: new Set(),
    metricsToken: "a token of the tests",
    nextRequestId: () => `test-${(count += 1)}`,
  });
  await listen(server, 0, "127.0.0.1");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    runtime,
    telemetry,
    readiness,
    [Symbol.asyncDispose]: async () => {
      await drain(server, { delayMs: 0, graceMs: 1_000 });
      detach();
      await telemetry.close();
      await runtime.close();
      await database.drop();
    },
  };
}
