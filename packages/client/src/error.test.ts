import { expect, test } from "vitest";
import { readRetryAfter } from "./error";

const now = Date.UTC(2026, 10, 22, 12, 0, 0);

test.each([
  ["0", 0],
  [" 7 ", 7_000],
  ["Sun, 22 Nov 2026 12:01:30 GMT", 90_000],
  ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
  ["3600", 3_600_000],
  ["3601", 3_600_000],
  ["99999999999999999999", 3_600_000],
  [`1${"0".repeat(400)}`, 3_600_000],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
  ["soon", null],
  ["", null],
  [null, null],
])("%o is %o ms", (header, expected) => {
  expect(readRetryAfter(header, now)).toBe(expected);
});
