import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { niceStep } from "./nice-step";

describe("niceStep", () => {
  it.each([
    [10, 4, 5],
    [12, 4, 5],
    [40, 4, 10],
    [41, 4, 20],
    [0.3, 3, 0.1],
    [20_000, 4, 5_000],
  ])("divides %s into at most %s steps of %s", (reach, most, step) => {
    expect(niceStep(reach, most)).toBeCloseTo(step, 9);
  });

  it("is 1, 2 or 5 times a power of ten, and never needs more parts than allowed", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 12 }), (reach, most) => {
        const step = niceStep(reach, most);
        const leading = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
        expect([1, 2, 5].some((digit) => Math.abs(leading - digit) < 1e-6)).toBe(true);
        expect(Math.ceil(reach / step - 1e-6)).toBeLessThanOrEqual(most);
      }),
    );
  });
});
