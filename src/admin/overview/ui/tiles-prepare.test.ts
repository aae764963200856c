import { describe, expect, it } from "vitest";
import type { InsightBucket, OutcomeCounts, ProcedureRow } from "@/admin/insights/contract/overview";
import { maxOf, prepareTiles } from "./tiles-prepare";

const none: OutcomeCounts = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
const bucket = (calls: number, outcomes: Partial<OutcomeCounts> = {}): InsightBucket => ({
  at: "2026-01-01T00:00:00.000Z",
  outcomes: { ...none, ...outcomes },
  calls,
  errors: 0,
  statements: 0,
});
const procedure = (name: string, count: number, p95Ms: number, errors = 0): ProcedureRow => ({
  name,
  count,
  errors,
  refused: 0,
  meanMs: 1,
  p50Ms: 1,
  p95Ms,
  p99Ms: 1,
  maxMs: 1,
  totalMs: 1,
});

describe("prepareTiles", () => {
  it("takes the rate of the last complete bucket, not of the one still filling", () => {
    const tiles = prepareTiles({ stepMs: 5_000, buckets: [bucket(10), bucket(50), bucket(1)], procedures: [] });
    expect(tiles.callsPerSecond).toBe(10);
    expect(tiles.callRates).toEqual([2, 10, 0.2]);
  });

  it("keeps gaps as gaps", () => {
    const tiles = prepareTiles({ stepMs: 5_000, buckets: [bucket(5), null, bucket(5)], procedures: [] });
    expect(tiles.callsPerSecond).toBeNull();
    expect(tiles.callRates).toEqual([1, null, 1]);
    expect(tiles.errorCounts).toEqual([0, null, 0]);
  });

  it("counts hits, stale and negative reads as served, excludes bypasses, and has no ratio without reads", () => {
    const outcomes = { hitL1: 4, hitL2: 2, stale: 1, negative: 1, coalesced: 1, miss: 1, bypass: 90 };
    const tiles = prepareTiles({
      stepMs: 5_000,
      buckets: [bucket(1, outcomes), bucket(0, { bypass: 3 })],
      procedures: [],
    });
    expect(tiles.hitRatios).toEqual([0.8, null]);
  });

  it("draws loads per 1000 reads, not misses: twice the traffic at the same miss rate has the same height", () => {
    const quiet = { hitL1: 90, miss: 8, error: 2, bypass: 50 };
    const busy = { hitL1: 180, miss: 16, error: 4 };
    const tiles = prepareTiles({
      stepMs: 5_000,
      buckets: [bucket(1, quiet), bucket(1, busy), null, bucket(1, { bypass: 3 })],
      procedures: [],
    });
    expect(tiles.loadRates).toEqual([100, 100, null, null]);
  });

  it("picks the slowest procedure among those with enough calls", () => {
    const procedures = [procedure("rare", 3, 900), procedure("slow", 20, 40), procedure("quick", 500, 2, 5)];
    const tiles = prepareTiles({ stepMs: 5_000, buckets: [], procedures });
    expect(tiles.slowest).toMatchObject({ row: { name: "slow" }, isLowSample: false });
    expect(tiles).toMatchObject({ calls: 523, errors: 5, errorRatio: 5 / 523 });
  });

  it("falls back to the most called procedure and flags the low sample", () => {
    const procedures = [procedure("once", 1, 900), procedure("thrice", 3, 1)];
    expect(prepareTiles({ stepMs: 5_000, buckets: [], procedures }).slowest).toMatchObject({
      row: { name: "thrice" },
      isLowSample: true,
    });
    expect(prepareTiles({ stepMs: 5_000, buckets: [], procedures: [] }).slowest).toBeNull();
  });
});

describe("maxOf", () => {
  it("skips gaps and never falls below the minimum", () => {
    expect(maxOf([null, 3, 2], 1)).toBe(3);
    expect(maxOf([null], 1)).toBe(1);
  });
});
