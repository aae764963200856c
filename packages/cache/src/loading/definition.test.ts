import { expect, test } from "vitest";
import type { Duration } from "../contract/types";
import { parseDuration } from "./definition";

test.for<[Duration, number]>([
  ["250ms", 250],
  ["1.5s", 1500],
  ["5m", 300_000],
  ["1h", 3_600_000],
  ["7d", 604_800_000],
  ["0ms", 0],
])("%s is %i ms", ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms);
});

test.for(["5", "m", "-5s", "5 s", "Infinitys", "1e3ms", "NaNms", "", "3651d", "9999999999999999h"])(
  "%j is refused",
  (text) => {
    // A definition in JavaScript may contain anything.
    expect(() => parseDuration(text as Duration)).toThrow(RangeError);
  },
);
