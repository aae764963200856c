import { describe, expect, it } from "vitest";
import { differences } from "./difference";

describe("differences", () => {
  it("names the facts that changed, and only those", () => {
    expect(differences({ role: "viewer", name: "Ada" }, { role: "operator", name: "Ada" })).toEqual([
      { name: "role", before: "viewer", after: "operator" },
    ]);
  });

  it("tells what came into being and what ceased to be", () => {
    expect(differences(null, { email: "ada@weir.example" })).toEqual([
      { name: "email", before: null, after: "ada@weir.example" },
    ]);
    expect(differences({ email: "ada@weir.example" }, null)).toEqual([
      { name: "email", before: "ada@weir.example", after: null },
    ]);
  });

  it("reads names and values as words", () => {
    const before = { isDisabled: false, tags: [], population: 1, code: "" };
    const after = { isDisabled: true, tags: ["city:1", "city:2"], population: 2, code: null };
    expect(differences(before, after)).toEqual([
      { name: "is disabled", before: "no", after: "yes" },
      { name: "tags", before: "(none)", after: "city:1, city:2" },
      { name: "population", before: "1", after: "2" },
      { name: "code", before: "(empty)", after: "(none)" },
    ]);
  });

  it("tells a fact without a value from a fact that is not there", () => {
    expect(differences({}, { name: null })).toEqual([{ name: "name", before: null, after: "(none)" }]);
  });

  it("finds nothing where nothing changed", () => {
    expect(differences({ tags: ["a"] }, { tags: ["a"] })).toEqual([]);
    expect(differences(null, null)).toEqual([]);
  });
});
