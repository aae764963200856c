import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type InsightBucket,
  type InsightMark,
  outcomeNames,
  type OutcomeCounts,
} from "@/admin/insights/contract/overview";
import { prepareOutcomes, sumOutcomes } from "./outcomes-prepare";

const none: OutcomeCounts = {
  hitL1: 0,
  hitL2: 0,
  coalesced: 0,
  stale: 0,
  negative: 0,
  miss: 0,
  error: 0,
  bypass: 0,
};
const from = "2026-01-01T00:00:00.000Z";
const fromSeconds = Date.parse(from) / 1000;

function overviewOf(counts: (Partial<OutcomeCounts> | null)[], marks: InsightMark[] | null = []) {
  const buckets: InsightBucket[] = counts.map((count, index) =>
    count === null
      ? null
      : {
          at: new Date(Date.parse(from) + index * 5_000).toISOString(),
          outcomes: { ...none, ...count },
          calls: 0,
          errors: 0,
          statements: 0,
        },
  );
  const outcomes = { ...none };
  for (const bucket of buckets) for (const name of outcomeNames) outcomes[name] += bucket?.outcomes[name] ?? 0;
  const cache = { reads: sumOutcomes(outcomes), outcomes, hitRatio: 0.5, loadsPer1000Reads: 500, groups: [] };
  return { from, stepMs: 5_000, range: "5m" as const, buckets, cache, marks };
}

describe("prepareOutcomes", () => {
  it("stacks the outcomes in their one order", () => {
    const { stacks, times } = prepareOutcomes(overviewOf([{ hitL1: 3, miss: 2 }, { bypass: 1 }]));
    expect(times).toEqual([fromSeconds + 2.5, fromSeconds + 7.5]);
    expect(stacks.map((stack) => stack[0])).toEqual([3, 3, 3, 3, 3, 5, 5, 5]);
    expect(stacks.map((stack) => stack[1])).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("shows a missing bucket as a gap and an empty one as zero, and joins neighbouring gaps", () => {
    const chart = prepareOutcomes(overviewOf([null, null, {}, null]));
    expect(chart.stacks[0]).toEqual([null, null, 0, null]);
    expect(chart.gaps).toEqual([
      { from: fromSeconds, to: fromSeconds + 10 },
      { from: fromSeconds + 15, to: fromSeconds + 20 },
    ]);
  });

  it("marks only the last bucket as still filling", () => {
    const { buckets } = prepareOutcomes(overviewOf([{}, {}, {}]));
    expect(buckets.map((bucket) => bucket?.isFilling)).toEqual([false, false, true]);
  });

  it("places invalidations in their buckets, leaves out what is not in the span, and counts them in its sentence", () => {
    const mark = (afterMs: number): InsightMark => ({
      id: String(afterMs),
      at: new Date(Date.parse(from) + afterMs).toISOString(),
      kind: "invalidation",
      target: "group city.byId",
      groups: ["city.byId"],
      mode: "purge",
      by: "ops@weir.example",
    });
    const chart = prepareOutcomes(overviewOf([{ hitL1: 40 }, {}], [mark(-1), mark(4_999), mark(5_000), mark(10_000)]));
    expect(chart.marks).toEqual([
      {
        id: "4999",
        at: fromSeconds + 4.999,
        index: 0,
        label: "purge group city.byId",
        sentence: "Purge of group city.byId by ops@weir.example",
      },
      expect.objectContaining({ id: "5000", index: 1 }),
    ]);
    expect(chart.summary).toContain(" 2 invalidations.");
    expect(prepareOutcomes(overviewOf([{}], null)).marks).toEqual([]);
  });

  it("fades what rests on fewer than twenty reads, but not nothing", () => {
    expect(prepareOutcomes(overviewOf([{ hitL1: 19 }])).isLowSample).toBe(true);
    expect(prepareOutcomes(overviewOf([{ hitL1: 20 }])).isLowSample).toBe(false);
    expect(prepareOutcomes(overviewOf([{}])).isLowSample).toBe(false);
  });

  it("says in one sentence what it shows", () => {
    expect(prepareOutcomes(overviewOf([{ hitL1: 1_000, miss: 2 }, null])).summary).toBe(
      "1,002 cache reads in the last 5m: L1 1,000, Postgres 2. Hit rate 50.0 %. For a part of the time no node reported.",
    );
    expect(prepareOutcomes(overviewOf([{}])).summary).toBe("No cache reads in the last 5m.");
  });

  it("never lets a stack fall, ends it at the sum, and covers the span without overlap", () => {
    const count = fc.record(Object.fromEntries(outcomeNames.map((name) => [name, fc.nat(1_000)])));
    fc.assert(
      fc.property(fc.array(fc.option(count), { minLength: 1, maxLength: 30 }), (counts) => {
        const chart = prepareOutcomes(overviewOf(counts));
        for (const [index, bucket] of chart.buckets.entries()) {
          const column = chart.stacks.map((stack) => stack[index] ?? null);
          const rising = column.every((value, level) => level === 0 || (value ?? 0) >= (column[level - 1] ?? 0));
          expect({ rising, top: column.at(-1) }).toEqual({ rising: true, top: bucket?.reads ?? null });
          expect(column.every((value) => (value === null) === (bucket === null))).toBe(true);
        }
        const missing = chart.gaps.reduce((sum, gap) => sum + (gap.to - gap.from) / 5, 0);
        expect(missing).toBe(counts.filter((entry) => entry === null).length);
        expect(chart.span.to - chart.span.from).toBe(counts.length * 5);
      }),
    );
  });
});
