import { Redis } from "ioredis";
import { inject } from "vitest";
import { createTestDatabase, testPrefix } from "@weir/testkit/testing";
import { createDatabase } from "@weir/postgres";
import { createTelemetryArchive, type SlotArchive } from "./archive";

export type TestStores = { redis: Redis; keyPrefix: string; archive: SlotArchive; close: () => Promise<void> };

/** Both telemetry stores, empty: a Redis prefix and a separate database. */
export async function openTestStores(): Promise<TestStores> {
  const own = await createTestDatabase();
  const database = createDatabase({ url: own.url, max: 4 });
  const redis = new Redis(inject("queueRedisUrl"));
  return {
    redis,
    keyPrefix: testPrefix(),
    archive: createTelemetryArchive(database.db),
    close: async () => {
      await redis.quit();
      await database.close();
      await own.drop();
    },
  };
}
