import fc from "fast-check";
import { expect, test } from "vitest";
import { isDueEarly } from "./refresh";

const aging = fc.record({
  value: fc.constant("v"),
  loadMs: fc.double({ min: 0, max: 1000, noNaN: true }),
  freshUntilMs: fc.constant(10_000),
});
const share = (aging_: { value: unknown; loadMs: number; freshUntilMs: number }, nowMs: number): number => {
  let due = 0;
  for (let at = 0; at < 10_000; at += 1) if (isDueEarly(aging_, nowMs, () => (at + 0.5) / 10_000)) due += 1;
  return due / 10_000;
};

test("the probability of an early refresh is e to the minus the remaining time, measured in load times", () => {
  const one = { value: "v", loadMs: 100, freshUntilMs: 10_000 };
  for (const left of [10, 50, 100, 200, 300]) {
    expect(share(one, 10_000 - left)).toBeCloseTo(Math.exp(-left / 100), 2);
  }
});

test("the probability never falls as the expiry approaches or the load takes longer", () => {
  const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(aging, fc.nat(10_000), fc.nat(1000), dice, (one, nowMs, later, rolled) => {
      const due = (what: typeof one, atMs: number): number => Number(isDueEarly(what, atMs, () => rolled));
      expect(due(one, nowMs + later)).toBeGreaterThanOrEqual(due(one, nowMs));
      expect(due({ ...one, loadMs: one.loadMs + later }, nowMs)).toBeGreaterThanOrEqual(due(one, nowMs));
    }),
  );
});

test("long before the expiry no random number is drawn, after it every read refreshes, and a negative entry never refreshes early", () => {
  const one = { value: "v", loadMs: 10, freshUntilMs: 10_000 };
  const refuse = (): number => {
    throw new Error("rolled");
  };
  expect(isDueEarly(one, 9899, refuse)).toBe(false);
  expect(isDueEarly(one, 10_000, () => 0)).toBe(true);
  expect(isDueEarly({ ...one, value: null }, 20_000, () => 0.999)).toBe(false);
});
