import { describe, expect, it } from "vitest";
import { formatAgo, formatDay, formatMoment, inRange } from "./moments";

const then = new Date(2026, 10, 14, 9, 5, 7);
const after = (ms: number): string => formatAgo(then.toISOString(), then.getTime() + ms);

describe("formatAgo", () => {
  it.each([
    [-5_000, "just now"],
    [0, "just now"],
    [59_999, "just now"],
    [60_000, "1 min ago"],
    [3_599_999, "59 min ago"],
    [3_600_000, "1 h ago"],
    [86_399_999, "23 h ago"],
    [86_400_000, "1 d ago"],
    [7 * 86_400_000 - 1, "6 d ago"],
    [7 * 86_400_000, "14 Nov 2026"],
  ])("after %d ms reads %s", (ms, words) => {
    expect(after(ms)).toBe(words);
  });
});

describe("formatMoment", () => {
  it("is exact to the second", () => {
    expect(formatDay(then.toISOString())).toBe("14 Nov 2026");
    expect(formatMoment(then.toISOString())).toBe("14 Nov 2026, 09:05:07");
  });
});

describe("inRange", () => {
  it("spells out the range", () => {
    expect(["5m", "1h", "24h", "7d", null].map(inRange)).toEqual([
      "in the last 5 minutes",
      "in the last hour",
      "in the last 24 hours",
      "in the last 7 days",
      "in this range",
    ]);
  });
});
