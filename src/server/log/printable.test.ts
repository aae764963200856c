import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, printableInLine, printableJson } from "./printable";

const dangers: readonly (readonly [name: string, text: string, shown: string])[] = [
  ["an escape sequence", "a\u001b[2Jb", String.raw`a\u{1b}[2Jb`],
  ["the same as one character", "\u009b31m", String.raw`\u{9b}31m`],
  ["a title or clipboard sequence", "\u001b]52;c;Zm9v\u0007", String.raw`\u{1b}]52;c;Zm9v\u{7}`],
  ["a return to the start of the line", "safe\revil", String.raw`safe\u{d}evil`],
  ["backspaces", "evil\b\b\b\bsafe", String.raw`evil\u{8}\u{8}\u{8}\u{8}safe`],
  ["an override of the direction", "user\u202etxt.exe", String.raw`user\u{202e}txt.exe`],
  ["an isolate", "\u2066admin\u2069", String.raw`\u{2066}admin\u{2069}`],
  ["no width", "ad\u200bmin\ufeff", String.raw`ad\u{200b}min\u{feff}`],
  ["a tag", "a\u{e0041}", String.raw`a\u{e0041}`],
  ["a separator of lines", "a\u2028b", String.raw`a\u{2028}b`],
  ["half a character", "a\ud800b", String.raw`a\u{d800}b`],
];

describe.for(dangers)("%s", ([, text, shown]) => {
  test("is shown, in text and in a line", () => {
    expect(printable(text)).toBe(shown);
    expect(printableInLine(text)).toBe(shown);
  });

  test("is escaped in JSON, from which the value comes back", () => {
    const json = printableJson({ [text]: text });
    expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(json)).toEqual({ [text]: text });
  });
});

test("lines and tabs stay in text, and do not begin a line in a line", () => {
  expect(printable("select\r\n\t1\n")).toBe("select\n\t1\n");
  expect(printableInLine("a\n\tok  forged")).toBe(String.raw`a\n\tok  forged`);
});

test("writing in any script and emoji stay as they are", () => {
  const text = "São Paulo 東京 العربية नमस्ते 👩‍👩‍👧 می‌خواهم \\ \\u{1b}";
  expect(printable(text)).toBe(text);
  expect(printableInLine(text)).toBe(text);
});

test("what is printed has nothing left to escape, and JSON keeps every value", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printable(printable(text))).toBe(printable(text));
      expect(printableInLine(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect(JSON.parse(printableJson([text]))).toEqual([text]);
    }),
  );
});
