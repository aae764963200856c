import { expect, test } from "vitest";
import { withTimeout } from "./deadlines";
import { checkTimerMs, maxTimerMs, timerMs } from "./timers";

test.each([
  [0, 0],
  [1.5, 1.5],
  [-1, 0],
  [Number.NEGATIVE_INFINITY, 0],
  [maxTimerMs, maxTimerMs],
  [maxTimerMs + 1, maxTimerMs],
  [Number.POSITIVE_INFINITY, maxTimerMs],
  [Number.NaN, maxTimerMs],
])("a wait of %d ms becomes %d ms", (ms, expected) => {
  expect(timerMs(ms)).toBe(expected);
});

test("a smaller bound replaces a timer's own, a larger one does not", () => {
  expect([timerMs(50, 20), timerMs(Number.NaN, 20), timerMs(50, Infinity), timerMs(Infinity, Number.NaN)]).toEqual([
    20,
    20,
    50,
    maxTimerMs,
  ]);
});

test.each([0, -1, Number.NaN, Infinity, maxTimerMs + 1, "5", null])("a setting of %o is refused", (value) => {
  // Settings come from programs without types too.
  expect(() => checkTimerMs("statementTimeoutMs", value as number)).toThrow(
    `statementTimeoutMs must be a number of milliseconds from 1 to 2147483647; got ${String(value)}.`,
  );
});

test("a setting within the bounds is returned as it is", () => {
  expect([checkTimerMs("a", 1), checkTimerMs("a", 0, 0), checkTimerMs("a", maxTimerMs)]).toEqual([1, 0, maxTimerMs]);
});

test.each([Infinity, 2 ** 31, 1e15])("a timeout of %d ms is not over at once", async (timeoutMs) => {
  const later = new Promise((resolve) => setTimeout(resolve, 20, "here"));
  expect(await withTimeout(later, timeoutMs)).toBe("here");
});
