import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextAddress } from "./destination";

const origin = "https://weir.example";
const dashboard = "https://weir.example/admin";

describe("nextAddress", () => {
  it("goes to the requested page, with its query and fragment", () => {
    expect(nextAddress("/admin/users?q=ada#row", origin)).toBe("https://weir.example/admin/users?q=ada#row");
    expect(nextAddress("/", origin)).toBe("https://weir.example/");
  });

  it.each([
    [null],
    [""],
    ["admin"],
    ["https://evil.example/"],
    ["//evil.example/"],
    ["/\\evil.example/"],
    ["\\\\evil.example"],
    ["/\t/evil.example"],
    ["/\n\\evil.example"],
    ["javascript:alert(1)"],
    ["data:text/html,x"],
    ["//user:secret@weir.example/"],
    ["//weir.example:444/"],
    ["/sign-in?next=/sign-in"],
    ["/SIGN-IN"],
    ["/api/auth/sign-out"],
    ["//["],
  ])("goes to the dashboard instead of %j", (requested) => {
    expect(nextAddress(requested, origin)).toBe(dashboard);
  });

  it("stays on this origin when dots collapse to two slashes", () => {
    expect(new URL(nextAddress("/.//evil.example/", origin), origin).origin).toBe(origin);
    expect(new URL(nextAddress("/x/..//evil.example/", origin), origin).origin).toBe(origin);
  });

  it("stays on this origin for any input", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      ".",
      "..",
      "%2f",
      "%5c",
      "@",
      ":",
      "\t",
      "\n",
      "?",
      "#",
      "evil.example",
      "http",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const address = nextAddress(pieces.join(""), origin);
        // As a browser resolves it on any page.
        expect(new URL(address, "https://weir.example/admin/users").origin).toBe(origin);
      }),
      { numRuns: 2_000 },
    );
  });
});
