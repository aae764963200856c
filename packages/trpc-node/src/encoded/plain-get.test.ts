import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { acceptedEncodings, isNotModified, readPlainGet } from "./plain-get";

function request(rawHeaders: string[], method = "GET"): IncomingMessage {
  // Only these members are read.
  return { method, rawHeaders } as unknown as IncomingMessage;
}

test("the relevant headers are found in any letter case, among any others", () => {
  const headers = ["hOsT", "a:1", "User-Agent", "x", "ACCEPT-ENCODING", "br", "Accept", "*/*", "If-None-Match", '"e"'];
  expect(readPlainGet(request(headers))).toEqual({ host: "a:1", acceptEncoding: "br", ifNoneMatch: '"e"' });
  expect(readPlainGet(request([]))).toEqual({ host: undefined, acceptEncoding: undefined, ifNoneMatch: undefined });
});

test.each([
  [["Origin", "https://a.example"]],
  [["TRPC-Accept", "application/jsonl"]],
  [["accept", "text/html, application/jsonl"]],
  [["Content-Type", "application/json"]],
  [["Host", "a", "host", "b"]],
  [["If-None-Match", '"a"', "if-none-match", '"b"']],
  [["Accept-Encoding", "br", "accept-encoding", "gzip"]],
  [Array.from({ length: 200 }, () => "x")],
])("%o takes the usual path", (headers) => {
  expect(readPlainGet(request(headers))).toBeNull();
});

test("other methods take the usual path", () => {
  for (const method of ["POST", "HEAD", "OPTIONS"]) expect(readPlainGet(request([], method))).toBeNull();
});

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
])("Accept-Encoding %o accepts %o", (header, expected) => {
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
])('If-None-Match %o matches "a": %s', (header, expected) => {
  expect(isNotModified(header, '"a"')).toBe(expected);
});
