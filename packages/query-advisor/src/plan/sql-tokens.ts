export type SqlToken = {
  /** `word`: a keyword or a name; `name`: a name in double quotes; `parameter`: `$1`. */
  kind: "word" | "name" | "string" | "number" | "parameter" | "symbol";
  /** As it stands in the text. */
  text: string;
  from: number;
};

/** A group per kind, in this order; what matches in none is blank or a comment. */
const kinds = ["word", "parameter", "string", "name", "number", "symbol"] as const;
const form = new RegExp(
  [
    String.raw`\s+|--[^\n]*`,
    // No letter that begins another form.
    String.raw`((?![bBeEnNuUxX]&?['"])[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(\$\d+)`,
    String.raw`([eE]'(?:[^'\\]|''|\\[^])*'?|(?:[bBnNxX]|[uU]&)?'(?:[^']|'')*'?|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)`,
    String.raw`((?:[uU]&)?"(?:[^"]|"")*"?)`,
    String.raw`((?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)`,
    "(::|[-+*/<>=~!@#%^&|`?]+|[^])",
  ].join("|"),
  "y",
);

/** The end of a comment that begins at `from`; such comments nest. */
function endOfComment(text: string, from: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let depth = 0;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}

/** A string between dollar signs goes on up to the same tag, and an operator ends where a comment begins. */
function wholeOf(kind: SqlToken["kind"], found: string, text: string, from: number): string {
  if (kind === "string" && found.startsWith("$")) {
    const end = text.indexOf(found, from + found.length);
    return text.slice(from, end === -1 ? text.length : end + found.length);
  }
  return kind === "symbol" && found.length > 1 ? found.split(/--|\/\*/, 1)[0] || found.slice(0, 1) : found;
}

/**
 * The tokens of a statement as Postgres splits it (https://www.postgresql.org/docs/current/sql-syntax-lexical.html),
 * with `standard_conforming_strings` on. What is not closed reaches to the end. Never throws.
 */
export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < text.length;) {
    if (text.startsWith("/*", at)) {
      at = endOfComment(text, at);
      continue;
    }
    form.lastIndex = at;
    const found = form.exec(text);
    if (found === null) break;
    const kind = kinds[found.findIndex((group, place) => place > 0 && group !== undefined) - 1];
    const whole = kind === undefined ? found[0] : wholeOf(kind, found[0], text, at);
    if (kind !== undefined) tokens.push({ kind, text: whole, from: at });
    at += whole.length;
  }
  return tokens;
}
