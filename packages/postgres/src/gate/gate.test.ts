import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createGate, createWaitEstimate, type Gate, type GateOptions, type Permit } from "./gate";

function open(options: Partial<GateOptions> = {}): { gate: Gate; clock: { nowMs: number } } {
  const clock = { nowMs: 0 };
  const gate = createGate({ max: 1, queueLimit: 10, acquireTimeoutMs: 60_000, now: () => clock.nowMs, ...options });
  return { gate, clock };
}

const acquire = (gate: Gate, deadlineAtMs: number | null): Promise<Permit> =>
  new Promise((admit, refuse) => gate.enter({ deadlineAtMs, admit, refuse }));

const fail = (error: unknown): void => expect.fail(String(error));

/** Teaches the gate that a place in the queue takes this long. */
async function teach(gate: Gate, clock: { nowMs: number }, intervalMs: number): Promise<void> {
  const permit = await acquire(gate, null);
  clock.nowMs += intervalMs;
  permit.release();
}

test("permits are handed on in the order of arrival", async () => {
  const { gate } = open();
  const first = await acquire(gate, null);
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (number) => {
    const permit = await acquire(gate, null);
    order.push(number);
    permit.release();
  });
  first.release();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
});

test("a permit that is returned twice counts once", async () => {
  const { gate } = open();
  const permit = await acquire(gate, null);
  permit.release();
  permit.release();
  const next = await acquire(gate, null);
  expect(gate.stats().inUse).toBe(1);
  permit.release();
  expect(gate.stats().inUse).toBe(1);
  next.release();
  expect(gate.stats().inUse).toBe(0);
});

test("takePeaks returns the maxima of permits and queued requests since its last call", async () => {
  const { gate } = open({ max: 2 });
  const permits = await Promise.all([acquire(gate, null), acquire(gate, null)]);
  const waiting = [acquire(gate, null), acquire(gate, null), acquire(gate, null)];
  for (const permit of permits) permit.release();
  for (const one of waiting) (await one).release();
  expect(gate.stats()).toMatchObject({ inUse: 0, queued: 0 });
  expect(gate.takePeaks()).toEqual({ inUse: 2, queued: 3 });
  expect(gate.takePeaks()).toEqual({ inUse: 0, queued: 0 });
  const permit = await acquire(gate, null);
  gate.takePeaks();
  permit.release();
  expect(gate.takePeaks()).toEqual({ inUse: 1, queued: 0 });
});

test("a request that finds the queue full is refused at once", async () => {
  const { gate } = open({ queueLimit: 1 });
  const permit = await acquire(gate, null);
  const waiting = acquire(gate, null);
  await expect(acquire(gate, null)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  expect(gate.stats()).toMatchObject({ inUse: 1, queued: 1, refused: 1 });
  permit.release();
  (await waiting).release();
});

test("a wait that would pass the caller's deadline is refused at once", async () => {
  const { gate, clock } = open();
  await teach(gate, clock, 1_000);
  const permit = await acquire(gate, null);
  await expect(acquire(gate, clock.nowMs + 999)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  const patient = acquire(gate, clock.nowMs + 1_001);
  await expect(acquire(gate, clock.nowMs + 1_999)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  permit.release();
  (await patient).release();
});

test("a wait that would exceed acquireTimeoutMs is refused at once", async () => {
  const { gate, clock } = open({ acquireTimeoutMs: 500 });
  await teach(gate, clock, 501);
  const permit = await acquire(gate, null);
  await expect(acquire(gate, null)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  permit.release();
});

test("a request that waits longer than acquireTimeoutMs leaves the queue without a permit", async () => {
  const { gate, clock } = open({ acquireTimeoutMs: 5 });
  const permit = await acquire(gate, null);
  const waiting = acquire(gate, null);
  clock.nowMs += 5;
  await expect(waiting).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  expect(gate.stats()).toMatchObject({ inUse: 1, queued: 0, expired: 1 });
  permit.release();
  expect(gate.stats().inUse).toBe(0);
});

test("a request that was admitted in time does not count as expired", async () => {
  const { gate, clock } = open({ acquireTimeoutMs: 5 });
  const permit = await acquire(gate, null);
  const [inTime, late] = [acquire(gate, null), acquire(gate, null)];
  permit.release();
  const held = await inTime;
  clock.nowMs += 5;
  await expect(late).rejects.toMatchObject({ code: "DATABASE_BUSY" });
  expect(gate.stats()).toMatchObject({ inUse: 1, queued: 0, expired: 1 });
  held.release();
});

test("a request that waits past its own deadline is refused with DATABASE_TIMEOUT", async () => {
  const { gate, clock } = open();
  const permit = await acquire(gate, null);
  const waiting = acquire(gate, clock.nowMs + 5);
  clock.nowMs += 5;
  await expect(waiting).rejects.toMatchObject({ code: "DATABASE_TIMEOUT" });
  await expect(acquire(gate, clock.nowMs)).rejects.toMatchObject({ code: "DATABASE_TIMEOUT" });
  permit.release();
});

test("a free permit is given however slow the last ones were", async () => {
  const { gate, clock } = open({ acquireTimeoutMs: 500 });
  await teach(gate, clock, 30_000);
  const permit = await acquire(gate, clock.nowMs + 1);
  expect(permit.waitMs).toBe(0);
  permit.release();
});

test("the wait is measured from the call to the permit", async () => {
  const { gate, clock } = open();
  const permit = await acquire(gate, null);
  const waiting = acquire(gate, null);
  clock.nowMs += 42;
  permit.release();
  const granted = await waiting;
  expect(granted.waitMs).toBe(42);
  granted.release();
});

test("a gate that closes refuses the queue, admits no more and waits for what is in flight", async () => {
  const { gate } = open();
  const permit = await acquire(gate, null);
  const waiting = acquire(gate, null);
  let isClosed = false;
  const closed = gate.close().then(() => (isClosed = true));
  await expect(waiting).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  await expect(acquire(gate, null)).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  await nextTurn();
  expect(isClosed).toBe(false);
  permit.release();
  await closed;
  expect(gate.stats()).toMatchObject({ inUse: 0, queued: 0 });
});

test("a released permit is never handed out twice", async () => {
  const { gate } = open({ max: 2 });
  const held: Permit[] = [await acquire(gate, null), await acquire(gate, null)];
  for (const permit of held) permit.release();
  expect(gate.stats().inUse).toBe(0);
  const again = await Promise.all([acquire(gate, null), acquire(gate, null)]);
  expect(gate.stats()).toMatchObject({ inUse: 2, queued: 0 });
  for (const permit of again) permit.release();
});

test("a permit that is free is given before the call returns", () => {
  const { gate } = open();
  const admitted: Permit[] = [];
  gate.enter({ deadlineAtMs: null, admit: (permit) => void admitted.push(permit), refuse: fail });
  expect(admitted).toHaveLength(1);
});

test("any number of visitors that are done at once come through, one after another", () => {
  const count = 20_000;
  const { gate } = open({ queueLimit: count });
  const order: number[] = [];
  let mostInUse = 0;
  const held: Permit[] = [];
  gate.enter({ deadlineAtMs: null, admit: (permit) => void held.push(permit), refuse: fail });
  for (let number = 0; number < count; number += 1) {
    const admit = (permit: Permit): void => {
      order.push(number);
      mostInUse = Math.max(mostInUse, gate.stats().inUse);
      permit.release();
    };
    gate.enter({ deadlineAtMs: null, admit, refuse: fail });
  }
  expect(order).toEqual([]);
  held[0]?.release();
  expect(order).toEqual(Array.from({ length: count }, (_, number) => number));
  expect(mostInUse).toBe(1);
  expect(gate.stats()).toMatchObject({ inUse: 0, queued: 0 });
});

test("a request that arrives while the queue moves is queued behind the others", async () => {
  const { gate } = open({ max: 2 });
  const held = [await acquire(gate, null), await acquire(gate, null)];
  const order: string[] = [];
  const enter = (name: string, admitted: (permit: Permit) => void): void => {
    const admit = (permit: Permit): void => {
      order.push(name);
      admitted(permit);
    };
    gate.enter({ deadlineAtMs: null, admit, refuse: fail });
  };
  enter("first", (permit) => {
    permit.release();
    enter("late", () => undefined);
  });
  enter("second", () => undefined);
  held[0]?.release();
  expect(order).toEqual(["first", "second"]);
  held[1]?.release();
  expect(order).toEqual(["first", "second", "late"]);
});

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
