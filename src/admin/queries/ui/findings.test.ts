import { expect, test } from "vitest";
import type { Advice } from "@/admin/queries/contract";
import type { InsightTable } from "@/admin/insights/contract/tables";
import { findingsOf } from "./findings";

type Row = InsightTable<"statements">["rows"][number];
const row = (name: string, over: Partial<Row> = {}): Row => ({
  name,
  text: "",
  count: 100,
  errors: 0,
  meanMs: 1,
  p50Ms: 1,
  p95Ms: 2,
  p99Ms: 3,
  maxMs: 4,
  totalMs: 100,
  totalShare: 0.1,
  perSecond: 1,
  rows: 100,
  rowsPerRun: 1,
  waitMeanMs: 0.1,
  waitP95Ms: 0.2,
  waitTotalMs: 10,
  perProcedureCall: 1,
  callers: [],
  firstSeenAt: null,
  lastSeenAt: null,
  before: null,
  ...over,
});
const advice: Advice = {
  id: "create",
  rule: "sequential-scan",
  action: "create",
  table: "public.orders",
  index: "orders_customer_id",
  columns: ["customer_id"],
  reasons: [],
  sql: [],
  drizzle: "",
  sizeBytes: 1,
  isSizeEstimated: true,
  confidence: "high",
  statements: [{ name: "b", variant: 0, calls: 1, totalMs: 1, costBefore: 100, costAfter: 10 }],
};
const levels = (rows: readonly Row[], of?: readonly Advice[]) =>
  findingsOf(rows, of).map(({ id, level }) => `${id} ${level}`);

test("without statements and advice there is nothing to say", () => {
  expect(findingsOf([], undefined)).toEqual([]);
});

test("quick statements are healthy, and the costliest is named with what it takes", () => {
  const found = findingsOf([row("a"), row("b", { totalMs: 900, totalShare: 0.9 })], []);
  expect(found.map(({ id, level }) => `${id} ${level}`)).toEqual(["load healthy", "slow healthy", "wait healthy"]);
  expect(found[0]).toMatchObject({
    sentence: "b takes 90.0 % of the time of all statements: 100 calls, mean 1.00 ms.",
    evidence: { open: "b", sheet: "timing" },
  });
});

test("what is slow, waits, fails or runs in a loop warns, the worst first", () => {
  const caller = { procedure: "order.list", count: 1_400, totalMs: 1, share: 1, perCall: 14 };
  const found = findingsOf(
    [
      row("a", { p95Ms: 250, before: row("a", { p95Ms: 20 }) }),
      row("b", { waitP95Ms: 60 }),
      row("c", { errors: 1, callers: [caller] }),
    ],
    [advice],
  );
  expect(found.map(({ id, level }) => `${id} ${level}`)).toEqual([
    "wait act",
    "slow watch",
    "repeat watch",
    "errors watch",
    "indexes watch",
    "load healthy",
  ]);
  expect(found.map(({ sentence }) => sentence).slice(0, 5)).toEqual([
    "Longest wait for a connection: p95 60.0 ms (b).",
    "Slowest at p95: a, 250 ms (was 20.0 ms).",
    "c runs 14 times per call of order.list: read the rows in one statement.",
    "1 of 100 calls of c failed.",
    "Add an index on public.orders (customer_id), which makes b 10× cheaper.",
  ]);
});

test("few calls are not judged by their percentiles", () => {
  expect(levels([row("a", { count: 19, p95Ms: 5_000, waitP95Ms: 500 })])).toEqual(["load healthy"]);
  expect(levels([row("a", { count: 20, p95Ms: 5_000, waitP95Ms: 500 })])).toEqual([
    "slow act",
    "wait act",
    "load healthy",
  ]);
});
