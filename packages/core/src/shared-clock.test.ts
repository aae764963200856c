import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClockSource, createSharedClock, maxClockSkewMs } from "./shared-clock";

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 5);

/** A node and its stores, each with a clock that is off by so much. */
function clocks(off: { node: number } & Partial<Record<ClockSource, number>>) {
  let elapsedMs = 0;
  const clock = createSharedClock({ own: () => start + elapsedMs + off.node, monotonic: () => 1_000 + elapsedMs });
  const read = (source: ClockSource): void => {
    const atMs = 1_000 + elapsedMs;
    clock.observe(source, { sentAtMs: atMs, receivedAtMs: atMs, serverMs: start + elapsedMs + (off[source] ?? 0) });
  };
  return {
    clock,
    read,
    readAll: () => {
      for (const source of ["postgres", "redis"] as const) if (off[source] !== undefined) read(source);
    },
    pass: (ms: number) => (elapsedMs += ms),
  };
}

test("without another clock, the node's own is used and counts as unchecked", () => {
  const { clock } = clocks({ node: 5 });
  expect(clock.now()).toBe(start + 5);
  expect(clock.status()).toEqual({ state: "unchecked", skewMs: null, stores: {} });
});

test("a node that is 400 days ahead of both stores has their time and knows its skew", () => {
  const { clock, readAll, pass } = clocks({ node: 400 * dayMs, postgres: 0, redis: 3 });
  readAll();
  pass(5_000);
  expect(clock.now()).toBe(start + 5_000);
  expect(clock.status()).toEqual({
    state: "agreed",
    skewMs: 400 * dayMs,
    stores: { postgres: -400 * dayMs, redis: 3 - 400 * dayMs },
  });
});

test("a node and a single store that disagree trust neither clock", () => {
  const { clock, readAll } = clocks({ node: 400 * dayMs, redis: 0 });
  readAll();
  expect(clock.status()).toMatchObject({ state: "disputed", skewMs: null });
});

test("readings that are off by the way over the network do not move the time", () => {
  const off = { node: 0, postgres: 40, redis: -25 };
  const { clock, readAll, pass } = clocks(off);
  readAll();
  expect(clock.now()).toBe(start);
  pass(1_000);
  off.postgres = -60;
  readAll();
  expect(clock.now()).toBe(start + 1_000);
});

test("a clock that is set while the node runs moves nothing", () => {
  const off = { node: 0, postgres: 0, redis: 0 };
  const { clock, readAll } = clocks(off);
  readAll();
  off.node = -400 * dayMs;
  expect(clock.now()).toBe(start);
  readAll();
  expect(clock.now()).toBe(start);
  expect(clock.status().skewMs).toBe(-400 * dayMs);
});

test("no single wrong clock changes the time", () => {
  const wrong = fc.integer({ min: -1_000 * dayMs, max: 1_000 * dayMs });
  const right = fc.integer({ min: -maxClockSkewMs / 4, max: maxClockSkewMs / 4 });
  fc.assert(
    fc.property(fc.constantFrom("node", "postgres", "redis"), wrong, right, right, (which, far, one, other) => {
      const names = (["node", "postgres", "redis"] as const).filter((name) => name !== which);
      const off = { node: 0, postgres: 0, redis: 0, [which]: far, [names[0] ?? ""]: one, [names[1] ?? ""]: other };
      const { clock, readAll } = clocks(off);
      readAll();
      expect(clock.status().state).toBe("agreed");
      // Within the tolerance of a right clock, even if the wrong one happens to be within it too.
      expect(Math.abs(clock.now() - start)).toBeLessThanOrEqual(1.5 * maxClockSkewMs);
    }),
  );
});
