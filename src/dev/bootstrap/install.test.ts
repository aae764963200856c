import { expect, test } from "vitest";
import { installedMatches } from "./install.js";

const wanted = {
  "": { version: "0.1.0" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/b-darwin": { version: "2.0.0", integrity: "sha512-b", optional: true },
};
const installed = { "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } };

test("packages that match the lockfile need no install, even if optional ones are missing", () => {
  expect(installedMatches(wanted, installed, "all")).toBe(true);
});

test("a missing or incomplete install needs one", () => {
  expect(installedMatches(wanted, null, "all")).toBe(false);
});

test.each([
  ["a package is missing", {}],
  ["a package has another version", { "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }],
  ["a package has the version but other contents", { "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }],
  ["an optional package has another version", { ...installed, "node_modules/b-darwin": { version: "1.9.0" } }],
])("an install is needed when %s", (_case, found) => {
  for (const set of ["all", "production"] as const) expect(installedMatches(wanted, found, set)).toBe(false);
});

test.for([{ dev: true }, { devOptional: true }, { dev: true, optional: true }])(
  "a built server needs no package of kind %o, a clone that builds and tests does unless it is optional",
  (kind) => {
    const withTools = { ...wanted, "node_modules/tool": { version: "3.0.0", integrity: "sha512-t", ...kind } };
    expect(installedMatches(withTools, installed, "production")).toBe(true);
    expect(installedMatches(withTools, installed, "all")).toBe("optional" in kind);
  },
);
