import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { testPrefix } from "@/dev/testing";
import { attachTelemetry } from "./attach";
import { createTelemetryReader } from "./read";
import { callAs, loadAs, queryAs, readAs } from "./test-traffic";
import { coarseTier, fineTier, slotKey, type Tier } from "./tiers";

const start = Date.UTC(2026, 0, 1, 12, 0);
const minutesOfADay = 1_440;

let redis: Redis;
let keyPrefix: string;
beforeEach(() => {
  redis = new Redis(inject("queueRedisUrl"));
  keyPrefix = testPrefix();
});
afterEach(() => redis.quit());

const spread = (count: number, fromMs: number, toMs: number): number[] =>
  Array.from({ length: count }, (_, index) => fromMs * (toMs / fromMs) ** ((index * 0.618_034) % 1));

/** What a node of a fair-sized app does: 30 procedures, 40 statements and 15 groups, each busy and of every speed. */
function beBusy(): void {
  for (let index = 0; index < 30; index += 1) {
    callAs("app", `feature${index}.procedure`, spread(300, 0.02, 400));
    callAs("app", `feature${index}.procedure`, spread(5, 1, 100), "NOT_FOUND");
  }
  for (let index = 0; index < 40; index += 1) queryAs("app", `feature${index}.statement`, spread(100, 0.2, 300));
  for (let index = 0; index < 15; index += 1) {
    for (const durationMs of spread(200, 0.005, 3)) readAs("app", `feature${index}.read`, 1, { durationMs });
    loadAs("app", `feature${index}.read`, spread(50, 0.5, 300));
  }
}

async function bytesOf(tier: Tier): Promise<number> {
  return (await redis.memory("USAGE", slotKey(keyPrefix, tier, start))) ?? 0;
}

test("a day of a busy node takes less than 64 MiB of Redis, and is read without holding up the event loop", async () => {
  const telemetry = attachTelemetry({
    nodeId: "a",
    redis,
    keyPrefix,
    now: () => start,
    flushEveryMs: 86_400_000,
  });
  beBusy();
  await telemetry.close();
  const [fine, coarse] = [await bytesOf(fineTier), await bytesOf(coarseTier)];
  const kept = fine * (fineTier.keepMs / fineTier.widthMs) + coarse * (coarseTier.keepMs / coarseTier.widthMs);

  const blobs = await redis.hgetallBuffer(slotKey(keyPrefix, coarseTier, start));
  const pipeline = redis.pipeline();
  for (let minute = 1; minute < minutesOfADay; minute += 1) {
    for (const [field, blob] of Object.entries(blobs)) {
      pipeline.hset(slotKey(keyPrefix, coarseTier, start - minute * 60_000), field, blob);
    }
  }
  await pipeline.exec();
  const reader = createTelemetryReader({ redis, keyPrefix, now: () => start, deadlineMs: 30_000 });
  let longestHoldMs = 0;
  let lastTurn = performance.now();
  const turns = setInterval(() => {
    const now = performance.now();
    longestHoldMs = Math.max(longestHoldMs, now - lastTurn);
    lastTurn = now;
  }, 1);
  const before = process.cpuUsage();
  const seen = await reader.overview({ rangeMs: 86_400_000, stepMs: 300_000, origins: ["app"] });
  const { user, system } = process.cpuUsage(before);
  clearInterval(turns);
  console.log(
    `A busy slot: ${fine} bytes of 5 s, ${coarse} of 1 min. Kept per node: ${(kept / 1_048_576).toFixed(1)} MiB. ` +
      `Reading a day: ${((user + system) / 1_000).toFixed(0)} ms of CPU, longest hold ${longestHoldMs.toFixed(0)} ms.`,
  );
  expect(kept).toBeLessThan(64 * 1_048_576);
  expect(seen.procedures.get("feature0.procedure")?.count).toBe(305 * (minutesOfADay - 4));
  // The machine may be busy with other things; without pauses it would be held for all of the reading.
  expect(longestHoldMs).toBeLessThan(1_000);
}, 60_000);
