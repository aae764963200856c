import { Redis } from "ioredis";
import { inject } from "vitest";
import type { AuditEntry } from "@/admin/audit/contract/entries";
import { testPrefix } from "@weir/testkit/testing";
import { attachTelemetry, createTelemetryReader } from "@weir/telemetry";
import type { SlotArchive } from "@weir/telemetry/store";
import { createInsightsService } from "./service";

/** Start of the tests' clock. */
export const startMs = Date.UTC(2026, 0, 1, 12, 0, 2);

/** The service over what nodes stored in Redis, with its own clock. */
export function openTestService(store: SlotArchive | null = null) {
  const redis = new Redis(inject("queueRedisUrl"));
  const keyPrefix = testPrefix();
  const clock = { nowMs: startMs };
  const now = (): number => clock.nowMs;
  const acts: AuditEntry[] = [];
  const reader = createTelemetryReader({ redis, keyPrefix, store, now });
  const service = createInsightsService({
    reader,
    listActs: async ({ action }) => ({ entries: acts.filter((act) => act.action === action), nextCursor: null }),
    environment: { name: "test", publicHost: null, nodeId: "a" },
    now,
  });
  const attach = (nodeId: string) => attachTelemetry({ nodeId, redis, keyPrefix, now, flushEveryMs: 86_400_000 });
  return {
    redis,
    keyPrefix,
    clock,
    acts,
    service,
    attach,
    /** Reports as a node that then shuts down cleanly. */
    record: async (work: () => void, nodeId = "a"): Promise<void> => {
      const telemetry = attach(nodeId);
      work();
      await telemetry.close();
    },
    close: async (): Promise<void> => {
      await redis.quit();
    },
  };
}
