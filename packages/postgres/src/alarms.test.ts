import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { currentScope, runInScope } from "@weir/core/scope";
import { type Alarm, type Alarms, createAlarms } from "./alarms";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function open(): { alarms: Alarms; rung: number[]; setAt: (...timesMs: number[]) => Alarm[] } {
  const alarms = createAlarms(() => performance.now());
  const rung: number[] = [];
  const beganMs = performance.now();
  const setAt = (...timesMs: number[]): Alarm[] =>
    timesMs.map((timeMs) => alarms.set(beganMs + timeMs, () => void rung.push(timeMs)));
  return { alarms, rung, setAt };
}

test("each alarm rings once, when its time has come, whatever the order in which they were set", () => {
  const { rung, setAt } = open();
  setAt(300, 100, 200, 100.5);
  vi.advanceTimersByTime(99);
  expect(rung).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(rung).toEqual([100]);
  vi.advanceTimersByTime(1);
  expect(rung).toEqual([100, 100.5]);
  vi.advanceTimersByTime(1_000);
  expect(rung).toEqual([100, 100.5, 200, 300]);
});

test("an alarm that was cancelled does not ring, and cancelling one that rang does nothing", () => {
  const { alarms, rung, setAt } = open();
  const [first, second] = setAt(10, 20);
  if (first !== undefined) alarms.cancel(first);
  vi.advanceTimersByTime(100);
  expect(rung).toEqual([20]);
  if (second !== undefined) alarms.cancel(second);
  setAt(200);
  vi.advanceTimersByTime(200);
  expect(rung).toEqual([20, 200]);
});

test("an alarm may set and cancel others, its own time included", () => {
  const { alarms, rung, setAt } = open();
  const nowMs = performance.now();
  alarms.set(nowMs + 10, () => {
    rung.push(10);
    alarms.cancel(doomed);
    setAt(15);
  });
  const doomed = alarms.set(nowMs + 10, () => void rung.push(-1));
  vi.advanceTimersByTime(100);
  expect(rung).toEqual([10, 15]);
});

test("any number of alarms takes one timer, and none when nothing is set", () => {
  const { alarms, setAt } = open();
  expect(vi.getTimerCount()).toBe(0);
  for (const alarm of setAt(...Array.from({ length: 100 }, (_, index) => 1_000 - index))) {
    expect(vi.getTimerCount()).toBe(1);
    alarms.cancel(alarm);
  }
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("an alarm may lie further ahead than a timer reaches, and in the past", () => {
  const { rung, setAt } = open();
  const farMs = 40 * 24 * 3_600_000;
  setAt(farMs, -5, Infinity);
  vi.advanceTimersByTime(1);
  expect(rung).toEqual([-5]);
  vi.advanceTimersByTime(farMs);
  expect(rung).toEqual([-5, farMs]);
});

test("an alarm rings outside the request that happened to set the timer", async () => {
  // A timer that is faked runs in the scope of whoever moves the clock.
  vi.useRealTimers();
  const { alarms } = open();
  const scope = { request: { id: "1" }, origin: "app", procedure: null, deadlineAtMs: null } as const;
  const heard = await new Promise((resolve) => {
    runInScope(scope, () => alarms.set(performance.now() + 1, () => resolve(currentScope() ?? "none")));
  });
  expect(heard).toBe("none");
});
