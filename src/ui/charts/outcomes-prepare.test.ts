import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OutcomeCounts, outcomeNames } from "@weir/core/outcomes";
import { countReads } from "@weir/core/outcomes";
import { inRange, type OutcomesSource, prepareOutcomes } from "./outcomes-prepare";

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

type Marks = NonNullable<OutcomesSource["marks"]>;

function sourceOf(counts: (Partial<OutcomeCounts> | null)[], marks: Marks | null = []): OutcomesSource {
  const buckets = counts.map((count, index) =>
    count === null
      ? null
      : {
          at: new Date(Date.parse(from) + index * 5_000).toISOString(),
          outcomes: { ...none, ...count },
        },
  );
  const outcomes = { ...none };
  for (const bucket of buckets) for (const name of outcomeNames) outcomes[name] += bucket?.outcomes[name] ?? 0;
  const cache = { reads: countReads(outcomes), outcomes, hitRatio: 0.5 };
  return { from, stepMs: 5_000, range: "5m", buckets, cache, marks };
}

describe("prepareOutcomes", () => {
  it("stacks the outcomes in order", () => {
    const { stacks, times } = prepareOutcomes(sourceOf([{ hitL1: 3, miss: 2 }, { bypass: 1 }]));
    expect(times).toEqual([fromSeconds + 2.5, fromSeconds + 7.5]);
    expect(stacks.map((stack) => stack[0])).toEqual([3, 3, 3, 3, 3, 5, 5, 5]);
    expect(stacks.map((stack) => stack[1])).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("shows a missing bucket as a gap and an empty one as zero, and merges adjacent gaps", () => {
    const chart = prepareOutcomes(sourceOf([null, null, {}, null]));
    expect(chart.stacks[0]).toEqual([null, null, 0, null]);
    expect(chart.gaps).toEqual([
      { from: fromSeconds, to: fromSeconds + 10 },
      { from: fromSeconds + 15, to: fromSeconds + 20 },
    ]);
  });

  it("marks only the last bucket as still filling", () => {
    const { buckets } = prepareOutcomes(sourceOf([{}, {}, {}]));
    expect(buckets.map((bucket) => bucket?.isFilling)).toEqual([false, false, true]);
  });

  it("places invalidations in their buckets, drops those outside the span, and counts them in the summary", () => {
    const mark = (afterMs: number): Marks[number] => ({
      id: String(afterMs),
      at: new Date(Date.parse(from) + afterMs).toISOString(),
      target: "group note.byId",
      mode: "purge",
      by: "ops@weir.example",
    });
    const chart = prepareOutcomes(sourceOf([{ hitL1: 40 }, {}], [mark(-1), mark(4_999), mark(5_000), mark(10_000)]));
    expect(chart.markers).toEqual([
      {
        id: "4999",
        at: fromSeconds + 4.999,
        index: 0,
        label: "purge group note.byId",
        sentence: "Purge of group note.byId by ops@weir.example",
      },
      expect.objectContaining({ id: "5000", index: 1 }),
    ]);
    expect(chart.summary).toContain(" 2 invalidations.");
    expect(prepareOutcomes(sourceOf([{}], null)).markers).toEqual([]);
  });

  it("fades a chart of fewer than twenty reads, but not an empty one", () => {
    expect(prepareOutcomes(sourceOf([{ hitL1: 19 }])).isLowSample).toBe(true);
    expect(prepareOutcomes(sourceOf([{ hitL1: 20 }])).isLowSample).toBe(false);
    expect(prepareOutcomes(sourceOf([{}])).isLowSample).toBe(false);
  });

  it("summarises itself in one sentence", () => {
    expect(prepareOutcomes(sourceOf([{ hitL1: 1_000, miss: 2 }, null])).summary).toBe(
      "1,002 cache reads in the last 5 minutes: L1 1,000, Postgres 2. Hit rate 50.0 %. No node reported for part of the time.",
    );
    expect(prepareOutcomes(sourceOf([{}])).summary).toBe("No cache reads in the last 5 minutes.");
  });

  it("never decreases within a stack, ends at the sum, and covers the span without overlap", () => {
    const count = fc.record(Object.fromEntries(outcomeNames.map((name) => [name, fc.nat(1_000)])));
    fc.assert(
      fc.property(fc.array(fc.option(count), { minLength: 1, maxLength: 30 }), (counts) => {
        const chart = prepareOutcomes(sourceOf(counts));
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

describe("inRange", () => {
  it("spells out the range", () => {
    expect(["5m", "1h", "24h", "7d", null].map(inRange)).toEqual([
      "in the last 5 minutes",
      "in the last hour",
      "in the last 24 hours",
      "in the last 7 days",
      "in this range",
    ]);
  });
});
