import fc from "fast-check";
import { expect, test } from "vitest";
import { type BreakerState, createBreaker } from "./breaker";

const setUp = () => {
  let nowMs = 0;
  const states: BreakerState[] = [];
  const breaker = createBreaker({
    clock: { now: () => nowMs },
    random: () => 0.5,
    openMs: 100,
    windowMs: 1000,
    minAttempts: 4,
    failureRatio: 0.5,
    probes: 2,
    onChange: (state) => states.push(state),
  });
  const attempt = (ok: boolean): boolean => {
    const permit = breaker.permit();
    if (permit === null) return false;
    if (ok) breaker.succeeded(permit);
    else breaker.failed(permit);
    return true;
  };
  return { breaker, states, attempt, pass: (ms: number) => void (nowMs += ms) };
};

test("neither a few failures nor a small share of many attempts opens the breaker", () => {
  const { breaker, attempt } = setUp();
  for (const ok of [false, false, false]) attempt(ok);
  expect(breaker.state).toBe("closed");
  const other = setUp();
  for (let count = 0; count < 100; count += 1) other.attempt(count % 3 !== 2);
  expect(other.breaker.state).toBe("closed");
});

test("the breaker opens on the failure rate, and old failures do not count", () => {
  const { breaker, attempt, pass } = setUp();
  for (const ok of [true, true, false, false]) attempt(ok);
  expect(breaker.state).toBe("open");
  const other = setUp();
  for (const ok of [false, false, false]) other.attempt(ok);
  other.pass(1000);
  for (const ok of [true, true, true, false]) other.attempt(ok);
  expect(other.breaker.state).toBe("closed");
  pass(99);
  expect(attempt(true)).toBe(false);
});

test("when half open, one probe at a time passes, and two successes close the breaker", () => {
  const { breaker, states, attempt, pass } = setUp();
  for (const ok of [false, false, false, false]) attempt(ok);
  pass(100);
  const probe = breaker.permit();
  expect([breaker.state, breaker.permit()]).toEqual(["half-open", null]);
  if (probe !== null) breaker.succeeded(probe);
  expect([attempt(true), breaker.state]).toEqual([true, "closed"]);
  expect(states).toEqual(["open", "half-open", "closed"]);
});

test("a failed probe opens the breaker for twice as long, up to eight times", () => {
  const { breaker, attempt, pass } = setUp();
  for (const ok of [false, false, false, false]) attempt(ok);
  for (const openMs of [100, 200, 400, 800, 800]) {
    pass(openMs - 1);
    expect(breaker.permit()).toBeNull();
    pass(1);
    const probe = breaker.permit();
    expect(probe !== null && breaker.failed(probe)).toBe(true);
  }
});

test("a request sent before the breaker opened neither closes it nor counts as a probe", () => {
  const { breaker, attempt, pass } = setUp();
  const early = [breaker.permit(), breaker.permit()];
  for (const ok of [false, false, false, false]) attempt(ok);
  pass(100);
  const probe = breaker.permit();
  expect(early.map((permit) => permit !== null && breaker.failed(permit))).toEqual([false, false]);
  expect(breaker.state).toBe("half-open");
  if (probe !== null) breaker.succeeded(probe);
  expect(breaker.state).toBe("half-open");
});

test("whatever happens, an open breaker lets a probe pass after its longest pause", () => {
  const step = fc.record({ ok: fc.boolean(), ms: fc.nat(300), report: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { breaker, attempt, pass } = setUp();
      for (const { ok, ms } of steps) {
        pass(ms);
        const before = breaker.state;
        const permitted = attempt(ok);
        // A closed breaker refuses no request.
        expect(permitted || before !== "closed").toBe(true);
      }
      pass(800);
      expect(breaker.permit()).not.toBeNull();
    }),
  );
});
