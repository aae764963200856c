import { expect, test } from "vitest";
import { acceptedEncodings, isNotModified } from "./negotiate";

test.each([
  [undefined, []],
  ["", []],
  ["identity", []],
  ["gzip", ["gzip"]],
  ["gzip, deflate, br, zstd", ["br", "gzip"]],
  ["GZIP;q=1.0", ["gzip"]],
  ["br;q=0, gzip", ["gzip"]],
  ["br; q=0.000, *", ["gzip"]],
  ["*", ["br", "gzip"]],
  ["*;q=0", []],
])("Accept-Encoding %o takes %o", (header, expected) => {
  expect(acceptedEncodings(header)).toEqual(expected);
});

test.each([
  [undefined, false],
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ["*", true],
  ['"ab"', false],
  ["a", false],
])('If-None-Match %o has "a": %s', (header, expected) => {
  expect(isNotModified(header, '"a"')).toBe(expected);
});
