/** Whether Postgres keeps the text as it is: no U+0000, which it rejects, and no lone surrogate, which it alters. */
export const isStorable = (text: string): boolean => !unstorable.test(text);

// With the flag `u`, a surrogate matches only where it has no other half.
const halfCharacter = /\p{Surrogate}/u;
const unstorable = /[\0\p{Surrogate}]/u;

/** Control characters, line separators, bidi overrides and isolates, and noncharacters. */
const hidden =
  /[\p{Cc}\p{Zl}\p{Zp}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FFF9}-\u{FFFB}\u{E0000}-\u{E007F}\p{Noncharacter_Code_Point}]/u;
/** Characters that are invisible alone. Some are parts of emoji and of many scripts, so they are allowed next to others. */
const blank = /[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u{2800}]/gu;

/**
 * What is wrong with a short text that a user types and others read (a name, a note), as the end of a sentence that begins
 * with its name; null when nothing is. The text shows what it holds, on a page, in a terminal and in a log.
 */
export function typedTextProblem(text: string): string | null {
  if (halfCharacter.test(text)) return "must not contain half of a character (a lone surrogate)";
  const found = hidden.exec(text)?.[0];
  if (found !== undefined) {
    const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `must not contain the invisible character U+${code}`;
  }
  return text === "" || text.replace(blank, "") !== "" ? null : "must have a visible character";
}
