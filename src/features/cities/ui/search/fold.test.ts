import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findFolded } from "./fold";

const marked = (name: string, query: string): string | null => {
  const found = findFolded(name, query);
  return found === null ? null : name.slice(found.start, found.end);
};

describe("findFolded", () => {
  it.each([
    ["São Paulo", "sao", "São"],
    ["Reykjavík", "VIK", "vík"],
    ["İstanbul", "ist", "İst"],
    ["Zürich", "zurich ", "Zürich"],
    ["Łódź", "dz", "dź"],
    ["Tokyo", "kyoto", null],
    ["Tokyo", "  ", null],
  ])("finds in %s the part that matches %s", (name, query, part) => {
    expect(marked(name, query)).toBe(part);
  });

  it("finds every part of a name in that name", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zéüñçø ]{1,20}$/), fc.nat(20), fc.nat(20), (name, a, b) => {
        const part = name.slice(Math.min(a, b), Math.max(a, b));
        fc.pre(part.trim() !== "");
        expect(marked(name, part)).not.toBeNull();
      }),
    );
  });
});
