import fc from "fast-check";
import { expect, test } from "vitest";
import { createWaitEstimate } from "./wait-estimate";

test("while nothing is known no wait is expected", () => {
  const estimate = createWaitEstimate();
  estimate.saturated(0);
  expect(estimate.waitMs(5_000, 100)).toBe(0);
});

test("a steady rhythm of returns is multiplied by the place in the queue", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat({ max: 500 }), (intervalMs, ahead) => {
      const estimate = createWaitEstimate();
      estimate.saturated(0);
      for (let turn = 1; turn <= 20; turn += 1) estimate.released(turn * intervalMs, true);
      expect(estimate.waitMs(20 * intervalMs, ahead)).toBeCloseTo((ahead + 1) * intervalMs, 6);
    }),
  );
});

test("time without saturation does not count", () => {
  const estimate = createWaitEstimate();
  estimate.saturated(0);
  estimate.released(10, false);
  estimate.saturated(60_000);
  expect(estimate.waitMs(60_000, 0)).toBe(10);
});

test("a database that stands still lengthens the expected wait before anything has come back", () => {
  const estimate = createWaitEstimate();
  estimate.saturated(0);
  estimate.released(10, true);
  expect(estimate.waitMs(10, 0)).toBe(10);
  expect(estimate.waitMs(30_010, 0)).toBeGreaterThan(2_000);
});

test("one long interval is forgotten after some dozens of short ones", () => {
  const estimate = createWaitEstimate();
  estimate.saturated(0);
  estimate.released(30_000, true);
  for (let turn = 1; turn <= 100; turn += 1) estimate.released(30_000 + turn, true);
  expect(estimate.waitMs(30_100, 0)).toBeLessThan(5);
});
