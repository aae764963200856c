import fc from "fast-check";
import { expect, test } from "vitest";
import { createSpaceSaving, minCount } from "@weir/core/sketches/space-saving";
import { createHotKeys, decodeSummary, encodeSummary, mergeSummaries, samplingError, type Summary } from "./hot-keys";

/** Random numbers that repeat in each run (mulberry32). */
function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function watched() {
  const time = { nowMs: 0 };
  return { time, hot: createHotKeys({ clock: { now: () => time.nowMs }, random: repeatable(7) }) };
}

test("with little traffic every read counts, and long keys are recorded by their hash", () => {
  const { time, hot } = watched();
  for (const key of ["a", "b", "a", "x".repeat(1000)]) hot.record("item.read", key);
  time.nowMs = 10_000;
  const summary = hot.rotate();
  expect(summary).toMatchObject({ spanMs: 10_000, step: 1, floor: 0 });
  expect(summary?.counters.slice(0, 2)).toEqual([
    { name: "item.read:a", count: 2, error: 0 },
    { name: "item.read:b", count: 1, error: 0 },
  ]);
  expect(summary?.counters[2]?.name).toMatch(/^item\.read:sha256:/u);
});

test("reads older than about a minute are dropped", () => {
  const { time, hot } = watched();
  hot.record("item.read", "a");
  const turns = Array.from({ length: 8 }, () => {
    time.nowMs += 10_000;
    return hot.rotate()?.counters.length ?? null;
  });
  expect(turns).toEqual([1, 1, 1, 1, 1, 1, null, null]);
});

test("under load reads are sampled, and true counts lie within the stated bounds", () => {
  const { time, hot } = watched();
  const random = repeatable(11);
  const reads = 2_000_000;
  const truly = new Map<string, number>();
  for (let read = 0; read < reads; read += 1) {
    // A million reads a second; key n is read roughly in proportion to 1/n.
    time.nowMs = read / 1000;
    const key = String(Math.floor(5000 ** random()));
    truly.set(key, (truly.get(key) ?? 0) + 1);
    hot.record("item.read", key);
  }
  const summary = hot.rotate();
  expect(summary?.step).toBeGreaterThan(100);
  const top = summary?.counters.slice(0, 10) ?? [];
  expect(top.map(({ name }) => name)).toContain("item.read:1");
  for (const counter of top) {
    const count = truly.get(counter.name.slice("item.read:".length)) ?? 0;
    // Twice the stated margin, because ten counters are compared.
    const margin = 2 * samplingError(counter.count, summary?.step ?? 1);
    expect(count).toBeLessThanOrEqual(counter.count + margin);
    expect(count).toBeGreaterThanOrEqual(minCount(counter) - margin);
  }
});

test("a key that is read at fixed distances is not missed", () => {
  const { time, hot } = watched();
  for (let read = 0; read < 500_000; read += 1) {
    time.nowMs = read / 1000;
    hot.record("item.read", read % 64 === 0 ? "rare" : "common");
  }
  const counted = new Map(hot.rotate()?.counters.map(({ name, count }) => [name, count]));
  const rare = counted.get("item.read:rare") ?? 0;
  expect(rare / 500_000).toBeGreaterThan(1 / 64 / 2);
  expect(rare / 500_000).toBeLessThan(2 / 64);
});

const names = fc.constantFrom(...Array.from("abcdefghijklmnop"));
const streams = fc.array(fc.array(names, { maxLength: 200 }), { minLength: 1, maxLength: 4 });

function summarise(events: readonly string[], capacity: number): Summary {
  const counters = createSpaceSaving(capacity);
  for (const name of events) counters.add(name, 1);
  return { spanMs: 1000, step: 1, floor: counters.floor, counters: counters.top(capacity) };
}

test("true counts lie within the error of merged counts, also for dropped names", () => {
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

test("a summary decodes to what was encoded, and any other text to null", () => {
  const summary = summarise(Array.from("aabbbc"), 2);
  expect(decodeSummary(encodeSummary(summary))).toEqual(summary);
  for (const text of ["", "{}", "[2,1,1,0,[]]", "[1,1,1,0,[[1,2,3]]]", "[1,1,1,0,7]"])
    expect(decodeSummary(text)).toBeNull();
});
