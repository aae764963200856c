import { expect, test } from "vitest";
import { createTrust } from "./trust";

test("trust runs from when the question was sent, and the latest question counts", () => {
  const trust = createTrust(100);
  expect(trust.holds(0, 0)).toBe(false);
  trust.extend(50);
  trust.extend(20);
  expect([trust.holds(149, 0), trust.holds(150, 0), trust.holds(159, 10), trust.holds(160, 10)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("once withdrawn it is not given back by the answer to an earlier question", () => {
  const trust = createTrust(100);
  trust.extend(50);
  trust.withdraw(60);
  expect(trust.holds(60, 1_000_000)).toBe(false);
  trust.extend(59);
  expect(trust.holds(60, 0)).toBe(false);
  trust.extend(61);
  expect(trust.holds(62, 0)).toBe(true);
});
