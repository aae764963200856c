import { expect, test } from "vitest";
import type { GroupMetrics, TagFamilyMetrics } from "@/admin/insights/contract/tables";
import type { CacheGroupInspection } from "@/admin/keys/contract";
import { joinGroups, joinTags, membersOf, totalsOf } from "./cache-rows";

const outcomes = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
const metricsOf = (group: string, reads: number, part: Partial<typeof outcomes>, loads: number): GroupMetrics => ({
  group,
  reads,
  outcomes: { ...outcomes, ...part },
  hitRatio: null,
  hitP95Ms: null,
  loadP95Ms: null,
  loads,
  readsPerSecond: null,
  hitP50Ms: null,
  loadP50Ms: null,
  fills: 0,
  fillBytes: 0,
  rejectedFills: 0,
  evictions: 0,
  databaseTimeSavedMs: null,
});
const heldOf = (group: string, part: Partial<CacheGroupInspection>): CacheGroupInspection => ({
  group,
  version: 1,
  definition: { freshMs: 60_000, staleMs: 0, negativeMs: null, serveForMs: 1_000 },
  isSensitive: false,
  entries: 0,
  bytes: 0,
  memoryEntries: 0,
  memoryBytes: 0,
  invalidatedAt: null,
  ...part,
});

test("groups that were read come first, then those that only hold entries", () => {
  const rows = joinGroups(
    [metricsOf("note.byId", 7, { hitL1: 7 }, 0), metricsOf("gone", 1, { miss: 1 }, 1)],
    [heldOf("note.list", { entries: 3 }), heldOf("note.byId", { entries: 5, bytes: 500 })],
  );
  expect(rows.map(({ group, metrics, contents }) => [group, metrics?.reads, contents?.entries])).toEqual([
    ["note.byId", 7, 5],
    ["gone", 1, undefined],
    ["note.list", undefined, 3],
  ]);
});

test("the versions of a group are one row, which tells what the program no longer reads", () => {
  const [row] = joinGroups(
    [],
    [
      heldOf("note.byId", { version: 2, entries: 5, bytes: 500, invalidatedAt: "2026-01-01T10:00:00.000Z" }),
      heldOf("note.byId", { entries: 2, bytes: 90, definition: null, invalidatedAt: "2026-01-01T11:00:00.000Z" }),
    ],
  );
  expect(row?.contents).toMatchObject({
    entries: 7,
    bytes: 590,
    leftOver: 2,
    definition: { freshMs: 60_000 },
    invalidatedAt: "2026-01-01T11:00:00.000Z",
  });
});

test("without Redis the traffic remains", () => {
  expect(joinGroups([metricsOf("note.byId", 7, { hitL1: 7 }, 0)], null)).toMatchObject([
    { group: "note.byId", contents: null },
  ]);
});

test("the totals follow the one formula: hits, stale and negative among all reads but bypass", () => {
  const totals = totalsOf([
    metricsOf("a", 10, { hitL1: 5, stale: 1, negative: 1, miss: 1, bypass: 2 }, 3),
    metricsOf("b", 2, { coalesced: 1, error: 1 }, 1),
  ]);
  expect(totals).toMatchObject({ reads: 12, loads: 4, hitRatio: 0.7, loadsPer1000Reads: 400 });
  expect(totalsOf([])).toMatchObject({ reads: 0, hitRatio: null, loadsPer1000Reads: null });
});

test("the members of a family have their reads and their entries", () => {
  const metrics: TagFamilyMetrics = {
    family: "note:*",
    reads: 9,
    readsPerSecond: 1,
    outcomes,
    hitRatio: null,
    hitP95Ms: null,
    loads: 0,
    loadP95Ms: null,
    members: [{ tag: "note:7", reads: 6, atLeast: 5 }],
  };
  const contents = {
    family: "note:*",
    entries: 12,
    invalidations: 1,
    invalidatedAt: null,
    busiest: [
      { tag: "note:1", entries: 8, invalidatedAt: "2026-01-01T10:00:00.000Z" },
      { tag: "note:7", entries: 4, invalidatedAt: null },
    ],
  };
  const [row] = joinTags([metrics], [contents]);
  expect(row === undefined ? [] : membersOf(row)).toEqual([
    { tag: "note:7", reads: 6, entries: 4, invalidatedAt: null },
    { tag: "note:1", reads: null, entries: 8, invalidatedAt: "2026-01-01T10:00:00.000Z" },
  ]);
});
