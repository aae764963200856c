import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { insightFilterSchema, insightRangeNames, insightRanges, maxBuckets } from "../contract/range";
import { periodBefore, planPeriod } from "./period";
import { PlatformError } from "@/server/errors";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const nowMs = Date.UTC(2026, 0, 31, 12, 0, 2);
const iso = (atMs: number): string => new Date(atMs).toISOString();
const ago = (fromMs: number, toMs = 0) => ({ from: iso(nowMs - fromMs), to: iso(nowMs - toMs) });

describe("the period of a range", () => {
  test.each(insightRangeNames)("of %s ends with the bucket that is still filling", (range) => {
    const { rangeMs, stepMs } = insightRanges[range];
    const period = planPeriod(range, nowMs);
    expect(period).toMatchObject({ toMs: null, stepMs, length: rangeMs / stepMs });
    const lastBegin = period.fromMs + (period.length - 1) * stepMs;
    expect(lastBegin <= nowMs && nowMs < lastBegin + stepMs).toBe(true);
    expect(period.length).toBeLessThanOrEqual(maxBuckets);
  });

  test.each([
    [ago(10 * minuteMs), 5_000],
    [ago(30 * minuteMs, 20 * minuteMs), minuteMs],
    [ago(6 * hourMs), minuteMs],
    [ago(30 * hourMs), 5 * minuteMs],
    [ago(40 * hourMs), 15 * minuteMs],
    [ago(8 * dayMs, 8 * dayMs - hourMs), hourMs],
    [ago(10 * dayMs), hourMs],
    [ago(20 * dayMs), 2 * hourMs],
    [ago(90 * dayMs), 6 * hourMs],
  ])("has the finest step that is still stored and cheap enough: %o", (range, stepMs) => {
    expect(planPeriod(range, nowMs).stepMs).toBe(stepMs);
  });

  test("is cut off at the present, and rejected when it has not started", () => {
    const { fromMs, toMs, length } = planPeriod({ from: iso(nowMs - minuteMs), to: iso(nowMs + dayMs) }, nowMs);
    expect([iso(fromMs), toMs, length]).toEqual(["2026-01-31T11:59:00.000Z", null, 13]);
    const ahead = { from: iso(nowMs), to: iso(nowMs + minuteMs) };
    expect(() => planPeriod(ahead, nowMs)).toThrow(new PlatformError("RANGE_IN_FUTURE"));
  });

  test("covers the requested time in whole steps and at most 400 buckets, for any input", () => {
    const lengths = fc.oneof(fc.integer({ min: 5_000, max: hourMs }), fc.integer({ min: 5_000, max: 90 * dayMs }));
    const ends = fc.oneof(fc.integer({ min: -hourMs, max: hourMs }), fc.integer({ min: 0, max: 100 * dayMs }));
    fc.assert(
      fc.property(lengths, ends, (lengthMs, endedMs) => {
        const toMs = nowMs - endedMs;
        const fromMs = toMs - lengthMs;
        fc.pre(fromMs < nowMs);
        const period = planPeriod({ from: iso(fromMs), to: iso(toMs) }, nowMs);
        const end = period.fromMs + period.length * period.stepMs;
        expect(period.length >= 1 && period.length <= maxBuckets && Number.isInteger(period.length)).toBe(true);
        expect(period.fromMs % period.stepMs).toBe(0);
        expect(period.fromMs <= fromMs && end >= Math.min(toMs, nowMs)).toBe(true);
        expect(period.toMs === null ? end > nowMs : period.toMs === end && end <= nowMs).toBe(true);

        const before = periodBefore(period, nowMs);
        expect(before.toMs <= period.fromMs && before.toMs > period.fromMs - before.stepMs).toBe(true);
        expect(before.toMs - before.fromMs).toBeGreaterThanOrEqual(period.length * period.stepMs);
        expect(before.toMs - before.fromMs).toBeLessThan(period.length * period.stepMs + before.stepMs);
        expect(before.length).toBe((before.toMs - before.fromMs) / before.stepMs);
        expect(before.length).toBeLessThanOrEqual(maxBuckets);
      }),
    );
  });

  test("that precedes one of fine slots uses minutes where fine slots have expired", () => {
    expect(periodBefore(planPeriod("5m", nowMs), nowMs)).toMatchObject({ stepMs: 5_000, length: 60 });
    const before = periodBefore(planPeriod("15m", nowMs), nowMs);
    expect([iso(before.fromMs), iso(before.toMs), before.stepMs]).toEqual([
      "2026-01-31T11:30:00.000Z",
      "2026-01-31T11:45:00.000Z",
      minuteMs,
    ]);
  });
});

describe("the input", () => {
  const problemsOf = (input: unknown) =>
    insightFilterSchema.safeParse(input).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

  test.each([
    [{ range: "1y" }, "range: A range must be one of 5m, 15m, 1h, 6h, 24h, 7d, 30d, 90d, or { from, to }."],
    [{ range: ago(hourMs, hourMs - 4_999) }, "range.to: A range must end at least 5 s after it starts."],
    [{ range: ago(0, hourMs) }, "range.to: A range must end at least 5 s after it starts."],
    [{ range: ago(90 * dayMs + 1) }, "range.from: A range can be at most 90 days long."],
    [
      { range: { from: "yesterday", to: iso(nowMs) } },
      "range.from: A point in time must be ISO 8601, for example 2026-01-31T12:00:00Z.",
    ],
  ])("%o is rejected with a message", (input, problem) => {
    expect(problemsOf(input)).toEqual([problem]);
  });

  test("is bounded everywhere", () => {
    expect(problemsOf({ nodes: Array.from({ length: 51 }, () => "a") })).toHaveLength(1);
    expect(problemsOf({ nodes: [] })).toHaveLength(1);
    expect(problemsOf({ nodes: ["a".repeat(201)] })).toHaveLength(1);
    expect(problemsOf({ more: 1 })).toHaveLength(1);
    expect(problemsOf({ range: ago(90 * dayMs), nodes: ["a"], includeAdmin: true })).toBeUndefined();
  });
});
