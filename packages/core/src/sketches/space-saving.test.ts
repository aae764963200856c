import fc from "fast-check";
import { expect, test } from "vitest";
import { createSpaceSaving } from "./space-saving";

const stream = fc.array(fc.tuple(fc.constantFrom(...Array.from("abcdefghijklmnop")), fc.integer({ min: 1, max: 50 })), {
  maxLength: 400,
});

function countTruly(events: readonly [string, number][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, weight] of events) counts.set(name, (counts.get(name) ?? 0) + weight);
  return counts;
}

test("a counter is never too low, and too high by its error at most", () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 20 }), (events, capacity) => {
      const counters = createSpaceSaving(capacity);
      for (const [name, weight] of events) counters.add(name, weight);
      const truly = countTruly(events);
      for (const { name, count, error } of counters.top(capacity)) {
        expect(count).toBeGreaterThanOrEqual(truly.get(name) ?? 0);
        expect(count - error).toBeLessThanOrEqual(truly.get(name) ?? 0);
      }
    }),
  );
});

test("it never holds more counters than it may, nothing unlisted exceeds the floor, and none is counted twice", () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 20 }), (events, capacity) => {
      const counters = createSpaceSaving(capacity);
      for (const [name, weight] of events) counters.add(name, weight);
      const top = counters.top(capacity);
      const listed = new Set(top.map(({ name }) => name));
      const truly = countTruly(events);
      expect(counters.size).toBe(Math.min(capacity, truly.size));
      expect(listed.size).toBe(counters.size);
      const unlisted = [...truly].filter(([name]) => !listed.has(name)).map(([, count]) => count);
      expect(Math.max(0, ...unlisted)).toBeLessThanOrEqual(counters.floor);
      expect(counters.floor).toBeLessThanOrEqual(counters.total / capacity);
      expect(top.reduce((sum, { count }) => sum + count, 0)).toBe(counters.total);
    }),
  );
});

test("with room for all of them the counts are exact, largest first", () => {
  fc.assert(
    fc.property(stream, (events) => {
      const counters = createSpaceSaving(16);
      for (const [name, weight] of events) counters.add(name, weight);
      const truly = [...countTruly(events)].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      expect(counters.top(16)).toEqual(truly.map(([name, count]) => ({ name, count, error: 0 })));
    }),
  );
});
