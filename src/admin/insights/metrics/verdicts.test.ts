import { describe, expect, it } from "vitest";
import { readSentence } from "@/admin/overview/ui/verdict-list";
import type { NodeStanding, OutcomeCounts, ProcedureRow, StatementRow } from "../contract/overview";
import { judge, type Judged, type JudgedBefore } from "./verdicts";

const none: OutcomeCounts = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
const timing = { meanMs: 1, p50Ms: 1, p95Ms: 1, p99Ms: 1, maxMs: 1, totalMs: 1 };
const procedure = (count: number, errors: number, name = "note.search"): ProcedureRow => ({
  name,
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
const node = (id: string, standing: NodeStanding = "reporting") => ({
  id,
  standing,
  lastSeenAt: "2026-01-01T00:00:59.500Z",
  clockSkewMs: null as number | null,
});

const quiet: Judged = {
  nodes: [node("a")],
  cache: { reads: 0, outcomes: none, hitRatio: null, loadsPer1000Reads: null, groups: [] },
  procedures: [],
  statements: [],
  dropped: 0,
};
const withCache = (reads: number, hitRatio: number, error = 0): Judged => ({
  ...quiet,
  cache: { reads, hitRatio, loadsPer1000Reads: 22, outcomes: { ...none, error }, groups: [] },
});
const verdictOf = (now: Judged, subject: string, before?: JudgedBefore) => {
  const verdict = judge(now, before).find((one) => one.subject === subject);
  if (verdict === undefined) throw new Error(`There is no verdict about ${subject}.`);
  return { ...verdict, sentence: readSentence(verdict.sentence) };
};
const levelOf = (now: Judged, subject: string) => verdictOf(now, subject).level;

describe("judge", () => {
  it("does not judge small samples", () => {
    expect(judge({ ...quiet, nodes: [] }).map(({ subject, level }) => [subject, level])).toEqual([
      ["Cache", "unknown"],
      ["Errors", "unknown"],
      ["Pool", "unknown"],
      ["Nodes", "unknown"],
    ]);
    expect(verdictOf(withCache(19, 1), "Cache")).toMatchObject({
      level: "unknown",
      sentence: "Too few reads to judge: 19 of 20.",
    });
    expect(levelOf({ ...quiet, statements: [statement(19, 90)] }, "Pool")).toBe("unknown");
  });

  it.each([
    [withCache(20, 0.8), "healthy", "80.0 % of reads without a load; 22 loads per 1000."],
    [withCache(1_000, 0.799), "watch", "79.9 % of reads without a load; 22 loads per 1000."],
    [withCache(1_000, 0.99, 9), "healthy", "99.0 % of reads without a load; 22 loads per 1000."],
    [withCache(1_000, 0.99, 10), "act", "1.0 % of reads failed."],
  ])("judges the cache by its hit rate and its errors", (now, level, sentence) => {
    expect(verdictOf(now, "Cache")).toMatchObject({
      level,
      sentence,
      rule: "Healthy from 80 % of reads without a load; critical from 1 % of failed reads.",
      link: { section: "outcomes", name: null },
    });
  });

  it.each([
    [0, "healthy"],
    [1, "watch"],
    [49, "watch"],
    [50, "act"],
  ])("judges %s failed calls of 1000 as %s", (errors, level) => {
    expect(levelOf({ ...quiet, procedures: [procedure(1_000, errors)] }, "Errors")).toBe(level);
  });

  it("names the procedure that failed most, and links to it", () => {
    const procedures = [procedure(500, 1, "note.byId"), procedure(500, 9)];
    expect(verdictOf({ ...quiet, procedures }, "Errors")).toMatchObject({
      sentence: "10 of 1,000 calls failed, most of note.search.",
      link: { section: "procedures", name: "note.search" },
    });
  });

  it("does not count client errors such as NOT_FOUND as failures, but reports their number", () => {
    const refusing = { ...quiet, procedures: [{ ...procedure(1_000, 0), refused: 900 }] };
    expect(verdictOf(refusing, "Errors")).toMatchObject({
      level: "healthy",
      sentence: "None of 1,000 calls failed; 900 were rejected.",
    });
  });

  it.each([
    [4.9, "healthy"],
    [5, "watch"],
    [50, "act"],
  ])("judges a wait of %s ms for a connection as %s", (waitMs, level) => {
    const now = { ...quiet, statements: [statement(500, 0.1), statement(20, waitMs)] };
    expect(levelOf(now, "Pool")).toBe(level);
    expect(verdictOf(now, "Pool").link).toEqual({ section: "statements", name: "note.search" });
  });

  it("states the previous value if known", () => {
    const now = {
      ...withCache(1_000, 0.978),
      procedures: [procedure(1_000, 10)],
      statements: [statement(20, 41.2)],
    };
    const before = { hitRatio: 0.912, errorRatio: 0.002, waitP95MsOf: () => 2.04 };
    expect(judge(now, before).map(({ sentence }) => readSentence(sentence))).toEqual([
      "97.8 % of reads without a load (was 91.2 %); 22 loads per 1000.",
      "10 of 1,000 calls failed (was 0.2 %), most of note.search.",
      "Longest wait for a connection: p95 41.2 ms (was 2.04 ms) (note.search).",
      "The only node is reporting.",
    ]);
    expect(verdictOf(now, "Cache", { ...before, hitRatio: null }).sentence).not.toContain("was");
  });

  it("reports silent nodes and dropped measurements", () => {
    expect(levelOf(quiet, "Nodes")).toBe("healthy");
    const withSilent = { ...quiet, nodes: [...quiet.nodes, node("b", "silent")] };
    expect(verdictOf(withSilent, "Nodes")).toMatchObject({ level: "watch", sentence: "1 of 2 nodes are silent." });
    expect(levelOf({ ...quiet, dropped: 1 }, "Nodes")).toBe("watch");
  });

  it("ignores nodes that shut down cleanly or are long gone", () => {
    const nodes = [...quiet.nodes, node("b", "stopped"), node("c", "gone")];
    expect(verdictOf({ ...quiet, nodes }, "Nodes")).toMatchObject({
      level: "healthy",
      sentence: "The only node is reporting.",
    });
    expect(verdictOf({ ...quiet, nodes: [node("b", "stopped")] }, "Nodes")).toMatchObject({
      level: "unknown",
      sentence: "No nodes are reporting.",
    });
  });

  it("names a node whose clock is off", () => {
    const now = { ...quiet, nodes: [node("a"), { ...node("b"), clockSkewMs: 400 * 86_400_000 }] };
    expect(verdictOf(now, "Nodes")).toMatchObject({
      level: "watch",
      sentence: "All 2 nodes are reporting. The clock of b is 400 days ahead.",
    });
  });

  it("begins with the stores that are degraded or down, with their own message", () => {
    const trouble = {
      label: "The queue's Redis (QUEUE_REDIS_URL)",
      state: "down",
      detail: "WRONGPASS invalid username-password pair or user is disabled.",
      isCritical: false,
    } as const;
    const now = { ...quiet, troubles: [trouble] };
    expect(judge(now)[0]?.subject).toBe("Stores");
    expect(verdictOf(now, "Stores")).toMatchObject({
      level: "watch",
      sentence:
        "The queue's Redis (QUEUE_REDIS_URL) is down: WRONGPASS invalid username-password pair or user is disabled.",
    });
    expect(levelOf({ ...quiet, troubles: [{ ...trouble, isCritical: true }] }, "Stores")).toBe("act");
    expect(judge(quiet).some(({ subject }) => subject === "Stores")).toBe(false);
  });

  it("reports services that the application runs itself, while they are down and for a while after", () => {
    const note = { text: "Postgres died at 10:00:00 UTC and was restarted at 10:00:01 UTC.", isDown: false };
    const down = { text: "The Redis queue has been down since 10:02:00 UTC and is being restarted.", isDown: true };
    expect(verdictOf({ ...quiet, serviceNotes: [note] }, "Services")).toMatchObject({
      level: "watch",
      sentence: note.text,
    });
    expect(verdictOf({ ...quiet, serviceNotes: [note, down] }, "Services")).toMatchObject({
      level: "act",
      sentence: `${note.text} ${down.text}`,
    });
    expect(judge(quiet).some(({ subject }) => subject === "Services")).toBe(false);
  });
});
