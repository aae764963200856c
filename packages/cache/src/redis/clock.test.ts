import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRedisTime, watchSuspension } from "./clock";

test("server time is estimated from the middle of a round trip", () => {
  const time = createRedisTime();
  expect([time.fromLocal(0), time.toLocal(0)]).toEqual([null, null]);
  time.observe(100, 120, 5000);
  expect([time.fromLocal(110), time.toLocal(5000)]).toEqual([5000, 110]);
});

test("a reading that was requested before forget does not restore the estimate", () => {
  const time = createRedisTime();
  time.observe(100, 120, 5000);
  time.forget(130);
  time.observe(125, 140, 5020);
  expect([time.fromLocal(110), time.toLocal(5000)]).toEqual([null, null]);
  time.observe(150, 150, 9000);
  expect(time.toLocal(9000)).toBe(150);
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a wall clock that jumps ahead is detected once; a drift, a step back or a pause of the process is not", () => {
  const time = { monotonicMs: 0, wallMs: 1_000_000 };
  let resumed = 0;
  const end = watchSuspension({
    clock: { now: () => time.monotonicMs },
    wallClock: { now: () => time.wallMs },
    onResumed: () => {
      resumed += 1;
    },
  });
  /** Advances a quarter of a second by the monotonic clock, plus the given jumps. */
  const pass = (aheadMs: number, pausedMs = 0): number => {
    time.monotonicMs += 250 + pausedMs;
    time.wallMs += 250 + pausedMs + aheadMs;
    vi.advanceTimersByTime(250);
    return resumed;
  };
  expect([pass(0), pass(5), pass(-3_600_000), pass(0, 60_000)]).toEqual([0, 0, 0, 0]);
  expect([pass(60_000), pass(0), pass(0)]).toEqual([1, 1, 1]);
  expect(pass(1_001)).toBe(2);
  end();
  expect(pass(60_000)).toBe(2);
});
