import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { readClientAddress } from "./client-address";

/** The parts of a request that are read. */
function request(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  // Only these members are read.
  return { socket: { remoteAddress }, headers: { host: "localhost:3000", ...headers } } as unknown as IncomingMessage;
}
const nobody = new Set<string>();

test.each([
  ["127.0.0.1", {}, true],
  ["::1", { host: "[::1]:3000" }, true],
  ["::ffff:127.0.0.1", { host: "127.0.0.1" }, true],
  ["10.0.0.9", {}, false],
  ["127.0.0.1", { host: "rebound.example" }, false],
  ["127.0.0.1", { host: "localhost.evil.example" }, false],
  ["127.0.0.1", { host: "" }, false],
  ["127.0.0.1", { "x-forwarded-for": "127.0.0.1" }, false],
  ["127.0.0.1", { forwarded: "for=127.0.0.1" }, false],
  ["127.0.0.1", { via: "1.1 proxy" }, false],
])("a client from %s with %o is local: %s", (address, headers, isLoopback) => {
  expect(readClientAddress(request(address, headers), nobody).isLoopback).toBe(isLoopback);
});

test("a forwarded address counts only when the socket is a trusted proxy", () => {
  const forwarded = request("10.0.0.1", { "x-forwarded-for": "203.0.113.7" });
  expect(readClientAddress(forwarded, nobody).address).toBe("10.0.0.1");
  expect(readClientAddress(forwarded, new Set(["10.0.0.1"])).address).toBe("203.0.113.7");
});

test("the nearest hop that is not a trusted proxy is the client, whatever hops it claims before itself", () => {
  const spoofed = request("10.0.0.1", { "x-forwarded-for": "127.0.0.1, 203.0.113.7, 10.0.0.2" });
  expect(readClientAddress(spoofed, new Set(["10.0.0.1", "10.0.0.2"])).address).toBe("203.0.113.7");
});

test("hops before an unreadable one are the client's own claim", () => {
  const address = (forwarded: string): string =>
    readClientAddress(request("10.0.0.1", { "x-forwarded-for": forwarded }), new Set(["10.0.0.1"])).address;
  expect(address("6.6.6.6, unknown")).toBe("10.0.0.1");
  expect(address("6.6.6.6, 203.0.113.7:51234")).toBe("203.0.113.7");
  expect(address("6.6.6.6, [2001:db8::1]:51234")).toBe("2001:db8::1");
  expect(address("6.6.6.6, 2001:db8::1")).toBe("2001:db8::1");
});

test("a header without a usable address falls back to the socket's", () => {
  const garbled = request("10.0.0.1", { "x-forwarded-for": "unknown, -" });
  expect(readClientAddress(garbled, new Set(["10.0.0.1"])).address).toBe("10.0.0.1");
});
