/** What the text of a statement reveals about it. */
export type StatementShape = {
  /** The first keyword, in lower case; the one inside the parentheses of `(select …)`. Empty if there is none. */
  command: string;
  /** The highest number of a placeholder `$n`. */
  parameters: number;
  /** False if anything follows a semicolon. */
  isSingle: boolean;
  /** Names before an opening parenthesis, in lower case, without schema: functions, and some keywords. */
  functions: readonly string[];
  /** All unquoted words, in lower case. */
  words: ReadonlySet<string>;
};

export function readShape(text: string): StatementShape {
  const tokens = sqlTokens(text);
  const isEnd = ({ kind, text: its }: (typeof tokens)[number]): boolean => kind === "symbol" && its === ";";
  const end = tokens.findIndex(isEnd);
  const functions = new Set<string>();
  const words = new Set<string>();
  let parameters = 0;
  for (const [index, { kind, text: its }] of tokens.entries()) {
    if (kind === "parameter") parameters = Math.max(parameters, Number(its.slice(1)));
    if (kind === "word") words.add(its.toLowerCase());
    if ((kind === "word" || kind === "name") && tokens[index + 1]?.text === "(") {
      functions.add(kind === "name" ? its.slice(1, -1).replaceAll('""', '"') : its.toLowerCase());
    }
  }
  return {
    command: tokens.find(({ kind }) => kind === "word")?.text.toLowerCase() ?? "",
    parameters,
    isSingle: end === -1 || tokens.slice(end).every(isEnd),
    functions: [...functions],
    words,
  };
}

/** Commands that Postgres can explain and that read or write rows. */
const explainable = new Set(["select", "with", "values", "table", "insert", "update", "delete", "merge"]);
const reading = new Set(["select", "with", "values", "table"]);

export const isExplainable = ({ command, isSingle }: StatementShape): boolean => isSingle && explainable.has(command);

/** Whether the text is a single SELECT that creates no table. Does not check what it calls and locks. */
export const isPlainRead = ({ command, isSingle, words }: StatementShape): boolean =>
  isSingle && reading.has(command) && !words.has("into");

/** The text without trailing comments, line breaks and semicolons, so that it can be continued or embedded. */
export const withoutEnd = (text: string): string => {
  const tokens = sqlTokens(text);
  const last = tokens.findLast(({ kind, text: its }) => kind !== "symbol" || its !== ";");
  return last === undefined ? "" : text.slice(0, last.from + last.text.length);
};

/**
 * The text normalised like `pg_stat_statements`: constants and placeholders become `?`, whitespace is single, and
 * lists of constants become one.
 */
export function normaliseStatement(text: string): string {
  const parts = sqlTokens(withoutEnd(text)).map(({ kind, text: its }) =>
    kind === "string" || kind === "number" || kind === "parameter" ? "?" : kind === "word" ? its.toLowerCase() : its,
  );
  return parts.join(" ").replaceAll(/\?(?: , \?)+/g, "?");
}

/** Replaces a redacted constant. It is itself a valid constant. */
export const hiddenConstant = "'…'";

/**
 * An expression of a plan with its constants redacted, because they may be statement values: `(id = '…')`. Digits
 * in names and placeholders stay.
 */
export function redactConstants(expression: string): string {
  let redacted = "";
  let at = 0;
  for (const { kind, text, from } of sqlTokens(expression)) {
    if (kind !== "string" && kind !== "number") continue;
    redacted += `${expression.slice(at, from)}${hiddenConstant}`;
    at = from + text.length;
  }
  return redacted + expression.slice(at);
}

export type SqlToken = {
  /** `word`: a keyword or a name; `name`: a quoted name; `parameter`: `$1`. */
  kind: "word" | "name" | "string" | "number" | "parameter" | "symbol";
  /** As in the text. */
  text: string;
  from: number;
};

/** One group per kind, in this order; matches outside any group are whitespace or comments. */
const kinds = ["word", "parameter", "string", "name", "number", "symbol"] as const;
const form = new RegExp(
  [
    String.raw`\s+|--[^\n]*`,
    // Not a letter that starts another form.
    String.raw`((?![bBeEnNuUxX]&?['"])[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(\$\d+)`,
    String.raw`([eE]'(?:[^'\\]|''|\\[^])*'?|(?:[bBnNxX]|[uU]&)?'(?:[^']|'')*'?|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)`,
    String.raw`((?:[uU]&)?"(?:[^"]|"")*"?)`,
    String.raw`((?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)`,
    "(::|[-+*/<>=~!@#%^&|`?]+|[^])",
  ].join("|"),
  "y",
);

/** The end of a comment that starts at `from`; comments nest. */
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

/** A dollar-quoted string ends at the same tag, and an operator ends where a comment starts. */
function wholeOf(kind: SqlToken["kind"], found: string, text: string, from: number): string {
  if (kind === "string" && found.startsWith("$")) {
    const end = text.indexOf(found, from + found.length);
    return text.slice(from, end === -1 ? text.length : end + found.length);
  }
  return kind === "symbol" && found.length > 1 ? found.split(/--|\/\*/, 1)[0] || found.slice(0, 1) : found;
}

/**
 * The tokens of a statement as Postgres splits it (https://www.postgresql.org/docs/current/sql-syntax-lexical.html),
 * with `standard_conforming_strings` on. An unclosed token extends to the end. Never throws.
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
