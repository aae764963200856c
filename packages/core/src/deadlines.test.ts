import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createDeadlines, type Deadline, type Deadlines, TimeoutError, withTimeout } from "./deadlines";
import { currentScope, runInScope, type Scope } from "./scope";

const scope: Scope = { request: { id: "1" }, origin: "app", procedure: null, deadlineAtMs: null };

/** A connection whose server has sent "here" by the time the event loop is free again, 100 ms from now. */
async function openBusySocket() {
  const server = createServer((connection) => connection.end("here"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const socket = connect(address !== null && typeof address === "object" ? address.port : 0, "127.0.0.1");
  await once(socket, "connect");
  return {
    socket,
    block: async (): Promise<void> => {
      // The kernel receives the bytes meanwhile.
      await new Promise(setImmediate);
      const untilMs = performance.now() + 100;
      while (performance.now() < untilMs);
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("with a clock that the test moves", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  async function advance(ms: number): Promise<void> {
    vi.advanceTimersByTime(ms);
    await new Promise(setImmediate);
  }

  function open(): { deadlines: Deadlines; expired: number[]; setAt: (...timesMs: number[]) => Deadline[] } {
    const deadlines = createDeadlines();
    const expired: number[] = [];
    const beganMs = performance.now();
    const setAt = (...timesMs: number[]): Deadline[] =>
      timesMs.map((timeMs) => deadlines.set(beganMs + timeMs, () => void expired.push(timeMs)));
    return { deadlines, expired, setAt };
  }

  test("each deadline expires once, at its time, in whatever order they were set", async () => {
    const { expired, setAt } = open();
    setAt(300, 100, 200, 100.5);
    await advance(99);
    expect(expired).toEqual([]);
    await advance(1);
    expect(expired).toEqual([100]);
    await advance(1);
    expect(expired).toEqual([100, 100.5]);
    await advance(1_000);
    expect(expired).toEqual([100, 100.5, 200, 300]);
  });

  test("a cleared deadline does not expire, and clearing one that has expired has no effect", async () => {
    const { deadlines, expired, setAt } = open();
    const [first, second] = setAt(10, 20);
    if (first !== undefined) deadlines.clear(first);
    await advance(100);
    expect(expired).toEqual([20]);
    if (second !== undefined) deadlines.clear(second);
    setAt(200);
    await advance(200);
    expect(expired).toEqual([20, 200]);
  });

  test("a deadline that expires may set and clear others, even for the same time", async () => {
    const { deadlines, expired, setAt } = open();
    const nowMs = performance.now();
    deadlines.set(nowMs + 10, () => {
      expired.push(10);
      deadlines.clear(cleared);
      setAt(15);
    });
    const cleared = deadlines.set(nowMs + 10, () => void expired.push(-1));
    await advance(10);
    expect(expired).toEqual([10]);
    await advance(100);
    expect(expired).toEqual([10, 15]);
  });

  test("any number of deadlines takes one timer, and none when nothing is set", async () => {
    const { deadlines, setAt } = open();
    expect(vi.getTimerCount()).toBe(0);
    for (const deadline of setAt(...Array.from({ length: 100 }, (_, index) => 1_000 - index))) {
      expect(vi.getTimerCount()).toBe(1);
      deadlines.clear(deadline);
    }
    await advance(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a deadline may lie further ahead than a timer reaches, and in the past", async () => {
    const { expired, setAt } = open();
    const farMs = 40 * 24 * 3_600_000;
    setAt(farMs, -5, Infinity);
    await advance(1);
    expect(expired).toEqual([-5]);
    await advance(farMs);
    expect(expired).toEqual([-5, farMs]);
  });
});

test("a deadline never expires early, not even one that is set while others wait", async () => {
  const deadlines = createDeadlines();
  const expiry = (inMs: number): Promise<number> =>
    new Promise((resolve) => void deadlines.set(performance.now() + inMs, () => resolve(performance.now())));
  const beganAtMs = performance.now();
  const times = [60, 5, -5, 30, 5];
  const expiries = times.map((ms) => expiry(ms));
  await expiries[1];
  const late = expiry(1);
  for (const [index, ms] of times.entries()) expect(await expiries[index]).toBeGreaterThanOrEqual(beganAtMs + ms);
  await late;
});

test("a deadline expires outside the request that set the timer", async () => {
  const deadlines = createDeadlines();
  const found = await new Promise((resolve) => {
    runInScope(scope, () => deadlines.set(performance.now() + 1, () => resolve(currentScope() ?? "none")));
  });
  expect(found).toBe("none");
});

test("a response that waits behind a busy event loop beats its deadline", async () => {
  await using busy = await openBusySocket();
  const deadlines = createDeadlines();
  const response = new Promise((resolve) => {
    const deadline = deadlines.set(performance.now() + 5, () => resolve("expired"));
    busy.socket.once("data", (bytes) => {
      deadlines.clear(deadline);
      resolve(String(bytes));
    });
  });
  await busy.block();
  expect(await response).toBe("here");
});

test("a result within the timeout is passed on, and so is a failure", async () => {
  expect(await withTimeout(Promise.resolve(1), 1000)).toBe(1);
  const failure = new Error("no");
  await expect(withTimeout(Promise.reject(failure), 1000)).rejects.toBe(failure);
});

test("without a result withTimeout rejects, and a later failure is no unhandled rejection", async () => {
  let fail = (_error: Error): void => undefined;
  const work = new Promise((_resolve, reject) => {
    fail = reject;
  });
  await expect(withTimeout(work, 1)).rejects.toEqual(new TimeoutError(1));
  fail(new Error("late"));
  await new Promise(setImmediate);
});

test("a response that waits behind a busy event loop beats its timeout", async () => {
  await using busy = await openBusySocket();
  const response = withTimeout(new Promise((resolve) => busy.socket.once("data", resolve)), 5);
  await busy.block();
  expect(String(await response)).toBe("here");
});
