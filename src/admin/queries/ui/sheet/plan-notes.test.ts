import { expect, test } from "vitest";
import type { PlanNode } from "@/admin/queries/contract";
import { planNotes, shareOf, stepsOf } from "./plan-notes";

const step = (id: number, over: Partial<PlanNode> = {}): PlanNode => ({
  id,
  type: "Seq Scan",
  relation: "public.orders",
  alias: null,
  index: null,
  role: null,
  name: null,
  traits: [],
  conditions: [],
  sortKeys: [],
  rows: { estimated: 10, actual: null, loops: null, removed: null, errorFactor: null, error: null },
  cost: { startup: 0, total: 10, self: 1, selfShare: 0.1 },
  time: null,
  buffers: null,
  memory: null,
  children: [],
  ...over,
});
const notesOf = (root: PlanNode, times: { planningMs?: number; executionMs?: number } = {}) =>
  planNotes({ root, planningMs: null, executionMs: null, settings: {}, queryId: null, ...times });
const measured = { estimated: 10, actual: 12, loops: 1, removed: null, errorFactor: 1.2, error: "under" } as const;

test("a plan without anything unusual has no notes", () => {
  expect(notesOf(step(0))).toEqual([]);
  expect(notesOf(step(0, { rows: measured, children: [step(1)] }), { planningMs: 0.5, executionMs: 0.2 })).toEqual([]);
});

test("the step with most of the cost is named, by time where it was measured", () => {
  const costly = step(1, { cost: { startup: 0, total: 10, self: 9, selfShare: 0.9 } });
  expect(notesOf(step(0, { type: "Sort", relation: null, children: [costly] }))).toMatchObject([
    { step: 1, text: "Seq Scan on public.orders takes 90.0 % of the estimated cost." },
  ]);
  const timed = { ...costly, time: { totalMs: 1, selfMs: 0.1, selfShare: 0.1 } };
  expect(shareOf(timed)).toBe(0.1);
  expect(notesOf(step(0, { children: [timed] }))).toEqual([]);
});

test("a wrong estimate, a spill, removed rows, many runs and reads from disk are named with their cure", () => {
  const buffers = { hit: 0, read: 2_000, dirtied: 0, written: 0, tempRead: 0, tempWritten: 0 };
  const scan = step(1, {
    rows: { estimated: 10, actual: 5, loops: 2_000, removed: 40_000, errorFactor: 12, error: "over" },
    buffers,
  });
  const sort = step(0, {
    type: "Sort",
    relation: null,
    memory: { method: "external merge", kilobytes: 2_048, isOnDisk: true },
    // Includes what the scan read.
    buffers: { ...buffers, read: 2_010 },
    children: [scan],
  });
  const notes = notesOf(sort, { planningMs: 9, executionMs: 3 });
  expect(notes.map(({ step: of, text }) => [of, text])).toEqual([
    [0, "Sort spilled 2.00 MiB to disk."],
    [1, "Seq Scan on public.orders: Postgres expected 10 rows and found 5."],
    [1, "Seq Scan on public.orders read 40,005 rows to keep 5."],
    [1, "Seq Scan on public.orders ran 2,000 times."],
    [1, "Seq Scan on public.orders read 15.6 MiB that were not in shared buffers."],
    [null, "Planning took 9.00 ms, longer than the execution."],
  ]);
  expect(notes.find(({ sql }) => sql !== undefined)?.sql).toBe("ANALYZE public.orders;");
  expect(stepsOf(sort).map(({ id }) => id)).toEqual([0, 1]);
});
