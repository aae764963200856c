import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SlotVersion } from "../store/archive";
import { cutRange, partsOf, planCells, type PlanOptions } from "./plan";
import { hourMs, retentionOf } from "../store/tiers";

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 0, 31, 12, 20, 7);
const retention = retentionOf();

const version = (startMs: number, messages: number): [number, SlotVersion] => [
  startMs,
  { startMs, reports: 1, messages, writtenAtMs: startMs },
];
const marksOf = (fromMs: number, toMs: number, widthMs: number, messages: number): Map<number, SlotVersion> =>
  new Map(
    Array.from({ length: Math.max(0, (toMs - fromMs) / widthMs) }, (_, index) =>
      version(fromMs + index * widthMs, messages),
    ),
  );
const nothing: PlanOptions = {
  retention,
  held: { minutes: new Map(), hours: new Map() },
  withoutArchive: null,
  widest: "1h",
  finest: "1m",
};
const noon = Date.UTC(2026, 0, 31, 12);

describe("a range", () => {
  test("is rounded to whole steps and ends with the current one", () => {
    expect(cutRange({ fromMs: noon + 1, toMs: null, stepMs: 5 * minuteMs }, nowMs)).toMatchObject({
      fromMs: noon,
      toMs: noon + 25 * minuteMs,
      endMs: noon + 21 * minuteMs,
      buckets: 5,
    });
    expect(cutRange({ fromMs: nowMs - 60_000, toMs: null, stepMs: 5_000 }, nowMs)).toMatchObject({ buckets: 13 });
  });

  test("accepts only steps that divide a minute or are whole minutes", () => {
    for (const stepMs of [0, 1_000, 7_000, 25_000, 61_000, Number.NaN]) {
      expect(() => cutRange({ fromMs: noon, toMs: null, stepMs }, nowMs)).toThrow(RangeError);
    }
    for (const stepMs of [5_000, 10_000, 15_000, 20_000, 30_000, minuteMs, 5 * minuteMs, 2 * hourMs]) {
      expect(cutRange({ fromMs: noon, toMs: nowMs, stepMs }, nowMs).stepMs).toBe(stepMs);
    }
  });
});

describe("the plan of a range", () => {
  test("uses whole hours, then minutes, then node minutes that Postgres lacks", () => {
    const range = cutRange({ fromMs: noon - 130 * minuteMs, toMs: null, stepMs: minuteMs }, nowMs);
    const held = {
      hours: marksOf(noon - 2 * hourMs, noon, hourMs, 60),
      minutes: marksOf(noon - 130 * minuteMs, noon + 18 * minuteMs, minuteMs, 1),
    };
    const { cells, missing } = planCells(range, { ...nothing, held });
    expect(missing).toEqual([]);
    expect(partsOf(cells).map(({ source, fromMs, toMs }) => [source, (toMs - fromMs) / minuteMs])).toEqual([
      ["minutes", 10],
      ["hours", 120],
      ["minutes", 18],
      ["nodes", 3],
    ]);
  });

  test("skips an hour whose minutes hold more", () => {
    const range = cutRange({ fromMs: noon - 2 * hourMs, toMs: noon, stepMs: hourMs }, nowMs);
    const hours = marksOf(noon - 2 * hourMs, noon, hourMs, 60);
    const minutes = new Map([...marksOf(noon - 2 * hourMs, noon, minuteMs, 1), version(noon - minuteMs, 2)]);
    const { cells } = planCells(range, { ...nothing, held: { hours, minutes } });
    expect(partsOf(cells).map(({ source }) => source)).toEqual(["hours", "minutes"]);
  });

  test("reports what has expired, what Postgres could not supply and what is not kept per node", () => {
    const old = cutRange({ fromMs: noon - 100 * 24 * hourMs, toMs: noon - 80 * 24 * hourMs, stepMs: hourMs }, nowMs);
    const { missing } = planCells(old, nothing);
    expect(missing).toMatchObject([{ fromMs: old.fromMs, why: "not-kept" }]);
    expect(missing[0]?.toMs).toBe(noon - 90 * 24 * hourMs);
    const day = cutRange({ fromMs: noon - 24 * hourMs, toMs: null, stepMs: 5 * minuteMs }, nowMs);
    for (const why of ["postgres", "per-node"] as const) {
      const plan = planCells(day, { ...nothing, withoutArchive: why, held: { minutes: null, hours: null } });
      expect(plan.missing.map((part) => part.why)).toEqual([why]);
      expect(partsOf(plan.cells)).toMatchObject([{ source: "nodes", toMs: day.endMs }]);
    }
  });

  test("covers each moment exactly once, by a cell or as missing", () => {
    const times = fc.record({
      fromMs: fc.integer({ min: noon - 95 * 24 * hourMs, max: nowMs }),
      lengthMs: fc.integer({ min: 1, max: 24 * hourMs }),
      stepMs: fc.constantFrom(minuteMs, 5 * minuteMs, hourMs),
      widest: fc.constantFrom("1m" as const, "1h" as const),
      held: fc.subarray(Array.from({ length: 96 }, (_, index) => noon - index * hourMs)),
    });
    fc.assert(
      fc.property(times, ({ fromMs, lengthMs, stepMs, widest, held }) => {
        const range = cutRange({ fromMs, toMs: fromMs + lengthMs, stepMs }, nowMs);
        const hours = new Map(held.map((startMs) => version(startMs, 1)));
        const options = { ...nothing, widest, withoutArchive: "postgres" as const };
        const { cells, missing } = planCells(range, { ...options, held: { minutes: null, hours } });
        const all = [
          ...cells.map(({ startMs, endMs }) => [startMs, endMs]),
          ...missing.map((part) => [part.fromMs, part.toMs]),
        ];
        let at = range.fromMs;
        for (const [from, to] of all.toSorted(([a = 0], [b = 0]) => a - b)) {
          expect(from).toBe(at);
          at = to ?? Number.NaN;
        }
        expect(at).toBe(range.endMs);
      }),
    );
  });
});
