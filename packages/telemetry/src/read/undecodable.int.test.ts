import { expect, test } from "vitest";
import { openTestStores } from "../store/test-stores";
import { hourMs, retentionOf } from "../store/tiers";
import { createTelemetryReader } from "./reader";

test("a minute or an hour in Postgres that cannot be decoded counts as missing, and is not an empty one", async () => {
  const stores = await openTestStores();
  try {
    const { redis, keyPrefix, archive } = stores;
    const fromMs = Date.UTC(2026, 0, 1);
    const nowMs = fromMs + 2 * hourMs;
    const damaged = { reports: 1, messages: 9, head: Buffer.from("\\x0201"), body: Buffer.from("\\x00") };
    await archive.put("1m", { ...damaged, startMs: fromMs + 300_000, writtenAtMs: fromMs + 360_000 });
    await archive.put("1h", { ...damaged, startMs: fromMs + hourMs, writtenAtMs: fromMs + 2 * hourMs });
    const retention = retentionOf();
    const reader = createTelemetryReader({ redis, keyPrefix, store: archive, retention, now: () => nowMs });
    const request = { origins: ["app"], nodeIds: null } as const;
    const minutes = await reader.totals({ ...request, fromMs, toMs: fromMs + 600_000, stepMs: 60_000 });
    expect(minutes.coverage.missing).toEqual([
      { fromMs: fromMs + 300_000, toMs: fromMs + 360_000, why: "undecodable" },
    ]);
    expect(minutes.slots.every((slot) => slot === null)).toBe(true);
    const hours = await reader.totals({ ...request, fromMs, toMs: fromMs + 2 * hourMs, stepMs: hourMs });
    expect(hours.coverage.missing).toContainEqual({
      fromMs: fromMs + hourMs,
      toMs: fromMs + 2 * hourMs,
      why: "undecodable",
    });
  } finally {
    await stores.close();
  }
});
