import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isStorable, typedTextProblem } from "./text";

describe("typed text", () => {
  test.each([
    "Ada Lovelace",
    "Zoë Ångström",
    "李小龍",
    "میرزا‌ده",
    "क्षत्रिय",
    "👩‍👩‍👧 team",
    "e\u0301tude",
    "O’Neill-Smith, 3rd",
    "",
  ])("of any script is accepted: %s", (text) => {
    expect(typedTextProblem(text)).toBeNull();
  });

  test.each([
    ["U+0000", "a\0b"],
    ["U+001B", "\u001B[31mred"],
    ["U+000A", "two\nlines"],
    ["U+0085", "a\u0085b"],
    ["U+2028", "a\u2028b"],
    ["U+202E", "nimda\u202E"],
    ["U+2066", "\u2066a"],
    ["U+E0041", "a\u{E0041}"],
    ["U+FFFE", "a\uFFFE"],
    ["surrogate", "half \uD83D"],
    ["surrogate", "\uDE00 half"],
    ["visible", "\u200B"],
    ["visible", " \u200D\uFE0F\u00A0 "],
    ["visible", "\u3164"],
    ["visible", "\u2800\u00AD"],
    ["visible", "\u0301"],
  ])("that hides something is refused: %s", (said, text) => {
    expect(typedTextProblem(text)).toContain(said);
    expect(isStorable(typedTextProblem(text) ?? "")).toBe(true);
  });

  test("that is accepted can be stored", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => typedTextProblem(text) !== null || isStorable(text)),
    );
  });
});
