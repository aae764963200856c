import { describe, expect, test } from "vitest";
import { isSameOriginUse, type Provenance } from "./same-origin";

const host = "weir.example:3000";
const from = (given: Partial<Provenance>): Provenance => ({ origin: undefined, host, fetchSite: undefined, ...given });
const own = new Set(["https://weir.example"]);
const anyHost = new Set<string>();

describe("rule S2: what may use a session cookie", () => {
  test.each([
    ["a change from our page", { origin: "https://weir.example" }, true, own, true],
    ["a change from the host itself", { origin: "http://weir.example:3000" }, true, anyHost, true],
    ["a change over TLS in front of us", { origin: "https://weir.example:3000" }, true, anyHost, true],
    ["a change without an origin", {}, true, own, false],
    ["a change that only says same-origin", { fetchSite: "same-origin" }, true, own, false],
    ["a change from another site", { origin: "https://evil.example" }, true, own, false],
    ["a change from another port", { origin: "http://weir.example:4000" }, true, anyHost, false],
    ["a change from a sandbox", { origin: "null" }, true, anyHost, false],
    ["a change from the host where another origin is configured", { origin: `http://${host}` }, true, own, false],
    ["a read of our page", { fetchSite: "same-origin" }, false, own, true],
    ["a read that somebody typed", { fetchSite: "none" }, false, own, true],
    ["a read of a sister's page", { fetchSite: "same-site" }, false, own, false],
    ["a read of another site's page", { fetchSite: "cross-site" }, false, own, false],
    ["a read from another site that says nothing else", { origin: "https://evil.example" }, false, own, false],
    ["a read that claims both", { origin: "https://evil.example", fetchSite: "same-origin" }, false, own, false],
    ["a read of a program", {}, false, own, true],
  ] as const)("%s", (_what, given, isMutation, origins, allowed) => {
    expect(isSameOriginUse(from(given), isMutation, origins)).toBe(allowed);
  });
});
