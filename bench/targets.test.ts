import { describe, expect, it } from "vitest";
import { describeTarget, holds, isUncertain, ratioTarget, type Target } from "./targets";

const memory = (value: number): Target => ({
  name: "idle",
  value,
  interval: null,
  bound: 130,
  sense: "at most",
  unit: "MB",
});

describe("targets", () => {
  it("are decided by the point estimate", () => {
    expect(holds(ratioTarget("a", 2, { ratio: 2, interval: [1.5, 2.6] }))).toBe(true);
    expect(holds(ratioTarget("a", 2, { ratio: 1.99, interval: [1.5, 2.6] }))).toBe(false);
    expect(holds(ratioTarget("a", 2, { ratio: Number.NaN, interval: null }))).toBe(false);
    expect(holds(memory(130))).toBe(true);
    expect(holds(memory(131))).toBe(false);
  });

  it("say when the interval contains the bound", () => {
    const close = ratioTarget("a", 2, { ratio: 2.1, interval: [1.9, 2.3] });
    const clear = ratioTarget("a", 2, { ratio: 2.1, interval: [2.05, 2.15] });
    expect(isUncertain(close)).toBe(true);
    expect(describeTarget(close)).toBe(
      "✓ held   a: 2.10 × [1.90, 2.30], at least 2.00 ×; the interval contains the bound",
    );
    expect(isUncertain(clear)).toBe(false);
    expect(describeTarget(clear)).toBe("✓ held   a: 2.10 × [2.05, 2.15], at least 2.00 ×");
    expect(describeTarget(memory(141))).toBe("✗ missed idle: 141 MB, at most 130 MB");
  });
});
