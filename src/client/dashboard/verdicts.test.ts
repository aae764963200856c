import { describe, expect, it } from "vitest";
import type { InsightsOverview, OutcomeCounts, ProcedureRow, StatementRow } from "@/contracts/insights";
import { judge } from "./verdicts";

const none: OutcomeCounts = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
const timing = { meanMs: 1, p50Ms: 1, p95Ms: 1, p99Ms: 1, maxMs: 1, totalMs: 1 };
const procedure = (count: number, errors: number): ProcedureRow => ({
  name: "city.search",
  count,
  errors,
  refused: 0,
  ...timing,
});
const statement = (count: number, waitP95Ms: number): StatementRow => ({
  ...procedure(count, 0),
  text: "select 1",
  rows: 1,
  waitP95Ms,
  waitTotalMs: 1,
});

const asOf = "2026-01-01T00:01:00.000Z";
const quiet: InsightsOverview = {
  asOf,
  range: "5m",
  from: "2026-01-01T00:00:00.000Z",
  stepMs: 5_000,
  buckets: [],
  nodes: [{ id: "a", lastSeenAt: "2026-01-01T00:00:59.500Z" }],
  cache: { reads: 0, outcomes: none, hitRatio: null, loadsPer1000Reads: null, groups: [] },
  procedures: [],
  statements: [],
  dropped: 0,
  marks: [],
};
const withCache = (reads: number, hitRatio: number, error = 0): InsightsOverview => ({
  ...quiet,
  cache: { reads, hitRatio, loadsPer1000Reads: 22, outcomes: { ...none, error }, groups: [] },
});
const levelOf = (overview: InsightsOverview, subject: string) =>
  judge(overview).find((verdict) => verdict.subject === subject)?.level;

describe("judge", () => {
  it("does not judge what it knows too little about", () => {
    expect(judge({ ...quiet, nodes: [] }).map((verdict) => verdict.level)).toEqual([
      "unknown",
      "unknown",
      "unknown",
      "unknown",
    ]);
    expect(levelOf(withCache(19, 1), "Cache")).toBe("unknown");
    expect(levelOf({ ...quiet, statements: [statement(19, 90)] }, "Pool")).toBe("unknown");
  });

  it.each([
    [withCache(20, 0.8), "healthy"],
    [withCache(1_000, 0.799), "watch"],
    [withCache(1_000, 0.99, 9), "healthy"],
    [withCache(1_000, 0.99, 10), "act"],
  ])("judges the cache by its hit rate and its errors", (overview, level) => {
    expect(levelOf(overview, "Cache")).toBe(level);
  });

  it.each([
    [0, "healthy"],
    [1, "watch"],
    [49, "watch"],
    [50, "act"],
  ])("judges %s failed calls of 1000 as %s", (errors, level) => {
    expect(levelOf({ ...quiet, procedures: [procedure(1_000, errors)] }, "Errors")).toBe(level);
  });

  it("does not take an answer such as NOT_FOUND for a failure, but says how many there were", () => {
    const refusing = { ...quiet, procedures: [{ ...procedure(1_000, 0), refused: 900 }] };
    expect(judge(refusing)).toContainEqual(
      expect.objectContaining({
        subject: "Errors",
        level: "healthy",
        sentence: "None of 1,000 calls failed; 900 were refused.",
      }),
    );
  });

  it.each([
    [4.9, "healthy"],
    [5, "watch"],
    [50, "act"],
  ])("judges a wait of %s ms for a connection as %s", (waitMs, level) => {
    expect(levelOf({ ...quiet, statements: [statement(500, 0.1), statement(20, waitMs)] }, "Pool")).toBe(level);
  });

  it("notices a node that has fallen silent, and measurements that were left out", () => {
    expect(levelOf(quiet, "Nodes")).toBe("healthy");
    const silent = { id: "b", lastSeenAt: "2026-01-01T00:00:49.000Z" };
    expect(levelOf({ ...quiet, nodes: [...quiet.nodes, silent] }, "Nodes")).toBe("watch");
    const gone = { id: "c", lastSeenAt: "2025-12-31T23:45:59.000Z" };
    expect(levelOf({ ...quiet, nodes: [...quiet.nodes, gone] }, "Nodes")).toBe("healthy");
    expect(levelOf({ ...quiet, dropped: 1 }, "Nodes")).toBe("watch");
  });
});
