import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findPart } from "./found-part";

const marked = (name: string, query: string): string | null => {
  const found = findPart(name, query);
  return found === null ? null : name.slice(found.start, found.end);
};

describe("findPart", () => {
  it.each([
    ["São Paulo", "sao", "São"],
    ["Reykjavík", "VIK", "vík"],
    ["İstanbul", "ist", "İst"],
    ["Zürich", "zurich ", "Zürich"],
    ["Łódź", "dz", "dź"],
    ["Łódź", "lodz", "Łódź"],
    ["Weißenfels", "weiss", "Weiß"],
    ["Weißenfels", "enf", "enf"],
    ["Weißenfels", "sen", "ßen"],
    ["Diyarbakır", "bakir", "bakır"],
    ["Ærøskøbing", "aeros", "Ærøs"],
    ["Þorlákshöfn", "thor", "Þor"],
    ["Œting", "oet", "Œt"],
    ["Đà Nẵng", "da nang", "Đà Nẵng"],
    // The mark is a character of its own.
    ["Naz\u0327arabad", "naz", "Naz\u0327"],
    ["Zu\u0308rich", "zur", "Zu\u0308r"],
    ["Saint-Denis", "saint denis", "Saint-Denis"],
    ["Saint-Denis", "SAINT–D", "Saint-D"],
    ["St. Louis", "st louis", "St. Louis"],
    ["St. Louis", "louis", "Louis"],
    ["Val-d'Or", "val dor", "Val-d'Or"],
    ["O’Fallon", "o fallon", "O’Fallon"],
    ["‘Alāqah", "alaqah", "Alāqah"],
    ["Tokyo", "kyoto", null],
    ["Tokyo", "  ", null],
    ["Tokyo", "-", null],
  ])("finds in %s the part that matches %s", (name, query, part) => {
    expect(marked(name, query)).toBe(part);
  });

  it("finds every part of a name in that name", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zßłıæþéüñçø' .-]{1,20}$/), fc.nat(20), fc.nat(20), (name, a, b) => {
        const part = name.slice(Math.min(a, b), Math.max(a, b));
        fc.pre(/[^' .-]/.test(part));
        expect(marked(name, part)).not.toBeNull();
      }),
    );
  });
});
