import { expect, test } from "vitest";
import { insightFilterSchema } from "./range";

const accepts = (from: string, to: string): boolean => insightFilterSchema.safeParse({ range: { from, to } }).success;

test("a range of years that Postgres does not count as we do is refused", () => {
  expect(accepts("0000-01-01T00:00:00Z", "0000-01-01T00:01:00Z")).toBe(false);
  expect(accepts("1969-12-31T23:59:00Z", "1970-01-01T00:01:00Z")).toBe(false);
  expect(accepts("1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z")).toBe(true);
  expect(accepts("9999-12-31T00:00:00Z", "9999-12-31T00:01:00Z")).toBe(true);
});
