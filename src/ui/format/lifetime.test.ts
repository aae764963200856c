import { expect, test } from "vitest";
import { formatCountdown, formatLifetime } from "./lifetime";

test("a countdown is exact to the second and never negative", () => {
  expect([-5, 0, 1, 42_000, 245_000, 3_845_000].map(formatCountdown)).toEqual([
    "0:00",
    "0:00",
    "0:01",
    "0:42",
    "4:05",
    "1:04:05",
  ]);
  expect(formatCountdown((3 * 24 + 4) * 3_600_000)).toBe("3 d 4 h");
});

test("a configured duration is shown in the largest unit that does not round it", () => {
  expect([250, 1_500, 90_000, 300_000, 3_600_000, 129_600_000, 604_800_000].map(formatLifetime)).toEqual([
    "250 ms",
    "1500 ms",
    "90 s",
    "5 min",
    "60 min",
    "36 h",
    "7 d",
  ]);
});
