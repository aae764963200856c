import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "@/admin/audit/contract/entries";
import { outcomeNames } from "./contract/overview";
import { callAs, loadAs, queryAs, readAs } from "../../../packages/telemetry/src/record/test-traffic";
import { openTestService, startMs } from "./test-service";
import { PlatformError } from "@/server/errors";

let opened: ReturnType<typeof openTestService>;
let service: typeof opened.service;
let record: typeof opened.record;

beforeEach(() => {
  opened = openTestService();
  ({ service, record } = opened);
});
afterEach(() => opened.close());

const iso = (atMs: number): string => new Date(atMs).toISOString();

describe("the insights overview", () => {
  test("without nodes has gaps, nulls and no rows", async () => {
    const seen = await service.overview({ range: "5m", includeAdmin: false });
    expect(seen).toEqual({
      asOf: "2026-01-01T12:00:02.000Z",
      range: "5m",
      from: "2026-01-01T11:55:05.000Z",
      to: "2026-01-01T12:00:02.000Z",
      stepMs: 5_000,
      coverage: { coveredMs: 0, missing: [] },
      verdicts: expect.any(Array),
      figures: expect.any(Object),
      before: null,
      buckets: Array.from({ length: 60 }, () => null),
      nodes: [],
      cache: {
        reads: 0,
        outcomes: { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 },
        hitRatio: null,
        loadsPer1000Reads: null,
        groups: [],
      },
      procedures: [],
      statements: [],
      dropped: 0,
      capped: 0,
      marks: [],
    });
    expect(new Set(seen.verdicts.map(({ level }) => level))).toEqual(new Set(["unknown"]));
    expect(new Set(Object.values(seen.figures))).toEqual(new Set([null]));
  });

  test("has one bucket per step of the range, the last one still filling", async () => {
    await record(() => callAs("app", "note.byId", [1]));
    for (const [range, length, at] of [
      ["5m", 60, "2026-01-01T12:00:00.000Z"],
      ["15m", 180, "2026-01-01T12:00:00.000Z"],
      ["1h", 60, "2026-01-01T12:00:00.000Z"],
      ["6h", 360, "2026-01-01T12:00:00.000Z"],
      ["24h", 288, "2026-01-01T12:00:00.000Z"],
      ["7d", 168, "2026-01-01T12:00:00.000Z"],
      ["30d", 360, "2026-01-01T12:00:00.000Z"],
      ["90d", 360, "2026-01-01T12:00:00.000Z"],
    ] as const) {
      const { buckets } = await service.overview({ range, includeAdmin: false });
      expect([buckets.length, buckets.at(-1)?.at, buckets.at(-1)?.calls]).toEqual([length, at, 1]);
      expect(buckets.slice(0, -1).every((bucket) => bucket === null)).toBe(true);
    }
  });

  test("computes the hit ratio and loads per 1000 over all reads except bypass", async () => {
    await record(() => {
      readAs("app", "note.byId", 50, {});
      readAs("app", "note.byId", 20, { tier: "l2", durationMs: 0.8 });
      readAs("app", "note.byId", 5, { outcome: "stale" });
      readAs("app", "note.byId", 5, { outcome: "negative" });
      readAs("app", "note.byId", 10, { outcome: "coalesced", tier: null, durationMs: 9 });
      readAs("app", "note.byId", 8, { outcome: "miss", tier: null, durationMs: 9, loadMs: 7 });
      readAs("app", "note.byId", 2, { outcome: "error", tier: null, durationMs: 9, loadMs: 90 });
      readAs("app", "note.byId", 100, { outcome: "bypass", tier: null, durationMs: 9, loadMs: 7 });
      readAs("app", "folder.stats", 40, { outcome: "bypass", tier: null, loadMs: null });
      loadAs(
        "app",
        "note.byId",
        Array.from({ length: 18 }, () => 7),
      );
      loadAs("lab", "note.byId", [7]);
      loadAs("app", "note.byId", [90], false);
    });
    const { cache, buckets } = await service.overview({ range: "5m", includeAdmin: false });
    const outcomes = { hitL1: 50, hitL2: 20, coalesced: 10, stale: 5, negative: 5, miss: 8, error: 2, bypass: 100 };
    expect(Object.keys(cache.outcomes)).toEqual([...outcomeNames]);
    expect(cache.outcomes).toEqual({ ...outcomes, bypass: 140 });
    expect(buckets.at(-1)?.outcomes).toEqual(cache.outcomes);
    expect([cache.reads, cache.hitRatio]).toEqual([240, 0.8]);
    expect(cache.loadsPer1000Reads).toBe(200);
    expect(cache.groups.map(({ group, reads, hitRatio, loads }) => [group, reads, hitRatio, loads])).toEqual([
      ["note.byId", 200, 0.8, 20],
      ["folder.stats", 40, null, 0],
    ]);
    const [byId] = cache.groups;
    expect(byId?.outcomes).toEqual(outcomes);
    // Reads that loaded do not count as hit time.
    expect(Math.abs((byId?.hitP95Ms ?? 0) - 0.8)).toBeLessThanOrEqual(0.04);
    expect(Math.abs((byId?.loadP95Ms ?? 0) - 7)).toBeLessThanOrEqual(0.35);
    expect(cache.groups[1]).toMatchObject({ hitP95Ms: null, loadP95Ms: null });
  });

  test("sorts procedures and statements by total time, including failures", async () => {
    await record(() => {
      callAs(
        "app",
        "often",
        Array.from({ length: 100 }, () => 2),
      );
      callAs("app", "slow", [150, 90]);
      callAs("app", "slow", [60], "TIMEOUT");
      queryAs("app", "short", [1]);
      queryAs("app", "long", [1_000, 2_000]);
    });
    const { procedures, statements } = await service.overview({ range: "15m", includeAdmin: false });
    expect(procedures.map(({ name, count, errors, totalMs }) => [name, count, errors, totalMs])).toEqual([
      ["slow", 3, 1, 300],
      ["often", 100, 0, 200],
    ]);
    expect(procedures[0]).toMatchObject({ meanMs: 100, maxMs: 150 });
    expect(Math.abs((procedures[0]?.p50Ms ?? 0) - 90)).toBeLessThanOrEqual(4.5);
    expect(statements.map(({ name }) => name)).toEqual(["long", "short"]);
    expect(statements[0]).toMatchObject({
      text: "select long where id = $1",
      count: 2,
      errors: 2,
      rows: 6,
      waitTotalMs: 300,
      totalMs: 3_000,
    });
    expect(Math.abs((statements[0]?.waitP95Ms ?? 0) - 200)).toBeLessThanOrEqual(10);
  });

  test("counts five slots of a minute as one step of a day, and gaps where no node reported in all five", async () => {
    for (const minute of [-61, -60, -59, -4, 0]) {
      opened.clock.nowMs = startMs + minute * 60_000;
      await record(() => callAs("app", "note.byId", [1]));
    }
    const { buckets, from, procedures } = await service.overview({ range: "24h", includeAdmin: false });
    expect(from).toBe("2025-12-31T12:05:00.000Z");
    expect(procedures.map(({ count }) => count)).toEqual([5]);
    expect(buckets.flatMap((bucket) => (bucket === null ? [] : [[bucket.at, bucket.calls]]))).toEqual([
      ["2026-01-01T10:55:00.000Z", 1],
      ["2026-01-01T11:00:00.000Z", 2],
      ["2026-01-01T11:55:00.000Z", 1],
      ["2026-01-01T12:00:00.000Z", 1],
    ]);
  });

  test("distinguishes client errors from server errors", async () => {
    await record(() => {
      callAs("app", "note.byId", [1, 1, 1]);
      callAs("app", "note.byId", [1, 1], "NOT_FOUND");
      callAs("app", "note.byId", [1], "BAD_REQUEST");
      callAs("app", "note.byId", [9], "INTERNAL_SERVER_ERROR");
    });
    const { procedures, buckets } = await service.overview({ range: "5m", includeAdmin: false });
    expect(procedures).toMatchObject([{ name: "note.byId", count: 7, errors: 1, refused: 3 }]);
    expect(buckets.at(-1)).toMatchObject({ calls: 7, errors: 1 });
  });

  test("marks the invalidations of the range, oldest first", async () => {
    const at = (secondsAgo: number): AuditEntry => ({
      id: String(secondsAgo),
      at: iso(startMs - secondsAgo * 1_000),
      action: "cache.invalidate",
      actor: { id: null, label: "cli" },
      subject: "cache",
      before: null,
      after: { groups: ["note.byId"], mode: "purge" },
      address: null,
      requestId: null,
    });
    opened.acts.push(at(1), at(200), at(400));
    expect((await service.overview({ range: "5m", includeAdmin: false })).marks?.map(({ id }) => id)).toEqual([
      "200",
      "1",
    ]);
  });

  test("excludes dashboard and background traffic unless requested", async () => {
    await record(() => {
      callAs("admin", "insights.overview", [5]);
      readAs("admin", "insights", 3, {});
      callAs("lab", "note.byId", [1]);
      callAs("job", "sweep", [1]);
    });
    const without = await service.overview({ range: "5m", includeAdmin: false });
    expect(without.procedures.map(({ name }) => name)).toEqual(["note.byId"]);
    expect([without.cache.reads, without.buckets.at(-1)?.calls]).toEqual([0, 1]);
    const all = await service.overview({ range: "5m", includeAdmin: true });
    expect(all.procedures.map(({ name }) => name)).toEqual(["insights.overview", "note.byId", "sweep"]);
    expect([all.cache.reads, all.buckets.at(-1)?.calls]).toEqual([3, 3]);
  });

  test("has the buckets of a custom range, and rejects one that has not started", async () => {
    opened.clock.nowMs = startMs - 600_000;
    await record(() => callAs("app", "note.byId", [1, 1]));
    opened.clock.nowMs = startMs;
    const ask = (fromMs: number, toMs: number) =>
      service.overview({ range: { from: iso(fromMs), to: iso(toMs) }, includeAdmin: false });
    const seen = await ask(startMs - 605_000, startMs - 590_000);
    expect(seen).toMatchObject({ range: null, from: "2026-01-01T11:49:55.000Z", to: "2026-01-01T11:50:15.000Z" });
    expect(seen.buckets.map((bucket) => bucket?.calls ?? null)).toEqual([null, 2, null, null]);
    expect(seen.coverage.coveredMs).toBe(5_000);
    await expect(ask(startMs, startMs + 60_000)).rejects.toThrow(new PlatformError("RANGE_IN_FUTURE"));
  });

  test("compares with the previous period of the same length", async () => {
    opened.clock.nowMs = startMs - 400_000;
    await record(() => {
      callAs("app", "note.byId", [8, 8]);
      readAs("app", "note.byId", 30, { outcome: "miss", tier: null });
    });
    opened.clock.nowMs = startMs;
    await record(() => {
      callAs("app", "note.byId", [2, 2, 2]);
      readAs("app", "note.byId", 30, {});
    });
    const { before, figures, verdicts, cache } = await service.overview({ range: "5m", compare: true });
    expect(before).toMatchObject({ from: "2026-01-01T11:50:05.000Z", to: "2026-01-01T11:55:05.000Z", stepMs: 5_000 });
    // Two calls in five seconds that were whole; three in the two seconds that have passed.
    expect([before?.figures.callsPerSecond, figures.callsPerSecond]).toEqual([0.4, 1.5]);
    expect(before?.deltas.callsPerSecond?.change).toBeCloseTo(1.1);
    expect(before?.deltas.hitRatio).toEqual({ change: 1, ratio: null });
    expect(before?.deltas.p95Ms?.ratio).toBeCloseTo(-0.75, 1);
    expect(verdicts[0]).toMatchObject({
      level: "healthy",
      sentence: [
        { ratio: 1 },
        expect.any(String),
        " (was ",
        { ratio: 0 },
        ")",
        "; ",
        { count: 0 },
        " loads per 1000",
        ".",
      ],
    });
    expect(cache.reads).toBe(30);
  });
});
