import { describe, expect, it } from "vitest";
import { differences } from "./difference";

describe("differences", () => {
  it("lists only the changed fields", () => {
    expect(differences({ role: "viewer", name: "Ada" }, { role: "operator", name: "Ada" })).toEqual([
      { name: "role", before: "viewer", after: "operator" },
    ]);
  });

  it("lists all fields of what was created or deleted", () => {
    expect(differences(null, { email: "ada@weir.example" })).toEqual([
      { name: "email", before: null, after: "ada@weir.example" },
    ]);
    expect(differences({ email: "ada@weir.example" }, null)).toEqual([
      { name: "email", before: "ada@weir.example", after: null },
    ]);
  });

  it("formats names and values", () => {
    const before = { isDisabled: false, tags: [], population: 1, code: "" };
    const after = { isDisabled: true, tags: ["note:1", "note:2"], population: 2, code: null };
    expect(differences(before, after)).toEqual([
      { name: "is disabled", before: "no", after: "yes" },
      { name: "tags", before: "(none)", after: "note:1, note:2" },
      { name: "population", before: "1", after: "2" },
      { name: "code", before: "(empty)", after: "(none)" },
    ]);
  });

  it("distinguishes a field without a value from a missing field", () => {
    expect(differences({}, { name: null })).toEqual([{ name: "name", before: null, after: "(none)" }]);
  });

  it("is empty if nothing changed", () => {
    expect(differences({ tags: ["a"] }, { tags: ["a"] })).toEqual([]);
    expect(differences(null, null)).toEqual([]);
  });
});
