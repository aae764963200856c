import { expect, test } from "vitest";
import { addressSet, readAddress } from "./addresses";

test.each([
  ["203.0.113.7", "203.0.113.7"],
  [" 203.0.113.7:51234 ", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:cb00:7107", "203.0.113.7"],
  ["[::ffff:203.0.113.7]:51234", "203.0.113.7"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:51234", "2001:db8::1"],
  ["fe80::1%eth0", "fe80::1"],
  ["[fe80::1%25eth0]:80", "fe80::1"],
])("%s is %s", (written, address) => {
  expect(readAddress(written)).toBe(address);
});

test.each([
  "",
  "unknown",
  "_hidden",
  "-",
  "localhost",
  "1.2.3",
  "1.2.3.4.5",
  "01.2.3.4",
  "2001:db8::1:51234:x",
  "[1]",
  "::1]",
])("%j is no address", (written) => {
  expect(readAddress(written)).toBeNull();
});

test("a set holds its addresses and networks in every spelling", () => {
  const set = addressSet(["10.0.0.0/8", "192.0.2.1", "2001:DB8::/32", "::ffff:198.51.100.0/120", "::1", "fe80::/10"]);
  for (const inside of ["10.255.0.1", "192.0.2.1", "2001:db8:ffff::1", "198.51.100.77", "::1", "fe80::1"]) {
    expect(set.has(inside), inside).toBe(true);
  }
  for (const outside of ["11.0.0.1", "192.0.2.2", "2001:db9::1", "198.51.101.0", "::2", "", "unknown"]) {
    expect(set.has(outside), outside).toBe(false);
  }
});

test("0.0.0.0/0 is every IPv4 address, and an empty list none", () => {
  expect(addressSet(["0.0.0.0/0"]).has("203.0.113.7")).toBe(true);
  expect(addressSet(["0.0.0.0/0"]).has("2001:db8::1")).toBe(false);
  expect(addressSet([]).has("127.0.0.1")).toBe(false);
});

test.each([
  "10.0.0.0/33",
  "2001:db8::/129",
  "10.0.0.0/",
  "10.0.0.0/-1",
  "10.0.0.0/8/8",
  "proxy",
  "[::1]",
  "::ffff:10.0.0.0/95",
])("%s is refused by name", (item) => {
  expect(() => addressSet(["10.0.0.1", item])).toThrow(item);
});
