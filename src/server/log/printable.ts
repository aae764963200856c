/**
 * What a terminal obeys instead of showing it: control characters and escape sequences, overrides of the writing direction,
 * and characters without width. The two joiners are letters of some scripts and part of emoji.
 */
const obeyed = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const codeOf = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** The text with everything that a terminal would obey in visible form, `\u{1b}`; lines and tabs stay. */
export function printable(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(obeyed, (found) => (found === "\n" || found === "\t" ? found : codeOf(found)));
}

/** The same for a part of a line, which cannot begin another line. */
export function printableInLine(text: string): string {
  return text.replaceAll(obeyed, (found) => (found === "\n" ? "\\n" : found === "\t" ? "\\t" : codeOf(found)));
}

/** A value as one line of JSON, safe for a terminal: such characters are escaped as JSON does, so a parser returns the value. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(obeyed, (found) =>
    Array.from({ length: found.length }, (_unit, index) => {
      return `\\u${found.charCodeAt(index).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}
