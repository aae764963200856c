import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { addressSet } from "./addresses";
import { isTlsAtProxy, readClientAddress } from "./client-address";

/** The parts of a request that are read. */
function request(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  // Only these members are read.
  return { socket: { remoteAddress }, headers: { host: "localhost:3000", ...headers } } as unknown as IncomingMessage;
}
const none = addressSet([]);

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["fe80::1%eth0", "fe80::1"],
  ["2001:db8::1", "2001:db8::1"],
])("the socket's address %s is %s", (socketAddress, address) => {
  expect(readClientAddress(request(socketAddress, {}), none)).toBe(address);
});

test.each(["10.0.0.1", "10.0.0.0/8", "::ffff:10.0.0.1"])(
  "a forwarded address counts only when the socket is a trusted proxy: %s",
  (trusted) => {
    const headers = { "x-forwarded-for": "203.0.113.7" };
    expect(readClientAddress(request("10.0.0.1", headers), none)).toBe("10.0.0.1");
    expect(readClientAddress(request("10.0.0.1", headers), addressSet([trusted]))).toBe("203.0.113.7");
    expect(readClientAddress(request("::ffff:10.0.0.1", headers), addressSet([trusted]))).toBe("203.0.113.7");
  },
);

test("the nearest hop that is not a trusted proxy is the client, whatever hops it claims before itself", () => {
  const spoofed = request("10.0.0.1", { "x-forwarded-for": "127.0.0.1, 203.0.113.7, [::FFFF:10.0.0.2]:443" });
  expect(readClientAddress(spoofed, addressSet(["10.0.0.1", "10.0.0.2"]))).toBe("203.0.113.7");
});

test("hops before an unreadable one are the client's own claim", () => {
  const address = (forwarded: string): string =>
    readClientAddress(request("10.0.0.1", { "x-forwarded-for": forwarded }), addressSet(["10.0.0.1"]));
  expect(address("6.6.6.6, unknown")).toBe("10.0.0.1");
  expect(address("6.6.6.6, 203.0.113.7:51234")).toBe("203.0.113.7");
  expect(address("6.6.6.6, [2001:DB8:0::1]:51234")).toBe("2001:db8::1");
  expect(address("6.6.6.6, 2001:db8::1")).toBe("2001:db8::1");
});

test("a header without a usable address falls back to the socket's", () => {
  const garbled = request("10.0.0.1", { "x-forwarded-for": "unknown, -" });
  expect(readClientAddress(garbled, addressSet(["10.0.0.1"]))).toBe("10.0.0.1");
});

test.each([
  ["10.0.0.1", "https", true],
  ["10.0.0.1", "HTTPS", true],
  ["10.0.0.1", "https, http", true],
  ["10.0.0.1", "http, https", false],
  ["10.0.0.1", "http", false],
  ["10.0.0.2", "https", false],
])("a request from %s with X-Forwarded-Proto: %s came over TLS: %s", (address, proto, isTls) => {
  expect(isTlsAtProxy(request(address, { "x-forwarded-proto": proto }), addressSet(["10.0.0.1"]))).toBe(isTls);
  expect(isTlsAtProxy(request(address, {}), addressSet(["10.0.0.1"]))).toBe(false);
});
