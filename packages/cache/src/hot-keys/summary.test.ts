import fc from "fast-check";
import { expect, test } from "vitest";
import { createSpaceSaving } from "@weir/core/sketches/space-saving";
import { decodeSummary, encodeSummary, mergeSummaries, type Summary } from "./summary";

const names = fc.constantFrom(...Array.from("abcdefghijklmnop"));
const streams = fc.array(fc.array(names, { maxLength: 200 }), { minLength: 1, maxLength: 4 });

function summarise(events: readonly string[], capacity: number): Summary {
  const counters = createSpaceSaving(capacity);
  for (const name of events) counters.add(name, 1);
  return { spanMs: 1000, step: 1, floor: counters.floor, counters: counters.top(capacity) };
}

test("merged counts carry their error: the truth lies within, also for what was dropped", () => {
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), (parts, capacity, most) => {
      const merged = mergeSummaries(
        parts.map((events) => summarise(events, capacity)),
        most,
        1000,
      );
      const truly = (wanted: string) => parts.flat().filter((name) => name === wanted).length;
      expect(merged.counters.length).toBeLessThanOrEqual(most);
      for (const { name, count, error } of merged.counters) {
        expect(truly(name)).toBeLessThanOrEqual(count);
        expect(truly(name)).toBeGreaterThanOrEqual(count - error);
      }
      const listed = new Set(merged.counters.map(({ name }) => name));
      const unlisted = parts.flat().filter((name) => !listed.has(name));
      expect(Math.max(0, ...unlisted.map(truly))).toBeLessThanOrEqual(merged.floor);
    }),
  );
});

test("a summary reads back as it was written, and anything else is none", () => {
  const summary = summarise(Array.from("aabbbc"), 2);
  expect(decodeSummary(encodeSummary(summary))).toEqual(summary);
  for (const text of ["", "{}", "[2,1,1,0,[]]", "[1,1,1,0,[[1,2,3]]]", "[1,1,1,0,7]"])
    expect(decodeSummary(text)).toBeNull();
});
