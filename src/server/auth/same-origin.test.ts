import { describe, expect, test } from "vitest";
import { isSameOriginUse, type Provenance } from "./same-origin";

const host = "weir.example:3000";
const from = (given: Partial<Provenance>): Provenance => ({ origin: undefined, host, fetchSite: undefined, ...given });
const own = new Set(["https://weir.example"]);
const anyHost = new Set<string>();

describe("rule S2: which requests may use a session cookie", () => {
  test.each([
    ["a write from our page", { origin: "https://weir.example" }, true, own, true],
    ["a write from the host itself", { origin: "http://weir.example:3000" }, true, anyHost, true],
    ["a write behind a TLS proxy", { origin: "https://weir.example:3000" }, true, anyHost, true],
    ["a write without an origin", {}, true, own, false],
    ["a write with only Sec-Fetch-Site: same-origin", { fetchSite: "same-origin" }, true, own, false],
    ["a write from another site", { origin: "https://evil.example" }, true, own, false],
    ["a write from another port", { origin: "http://weir.example:4000" }, true, anyHost, false],
    ["a write from a sandboxed frame", { origin: "null" }, true, anyHost, false],
    ["a write from the host when another origin is configured", { origin: `http://${host}` }, true, own, false],
    ["a read from our page", { fetchSite: "same-origin" }, false, own, true],
    ["a read from a typed address", { fetchSite: "none" }, false, own, true],
    ["a read from a sibling domain", { fetchSite: "same-site" }, false, own, false],
    ["a read from another site's page", { fetchSite: "cross-site" }, false, own, false],
    ["a read with only another site's Origin", { origin: "https://evil.example" }, false, own, false],
    [
      "a read with contradictory headers",
      { origin: "https://evil.example", fetchSite: "same-origin" },
      false,
      own,
      false,
    ],
    ["a read from a program", {}, false, own, true],
  ] as const)("%s", (_what, given, isMutation, origins, allowed) => {
    expect(isSameOriginUse(from(given), isMutation, origins)).toBe(allowed);
  });
});
