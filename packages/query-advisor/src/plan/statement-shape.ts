import { sqlTokens } from "./sql-tokens";

/** What can be said of a statement by looking at its text. */
export type StatementShape = {
  /** The first keyword, in lower case; the one within the brackets of `(select …)`. Empty without any. */
  command: string;
  /** The highest number of a placeholder `$n`. */
  parameters: number;
  /** False when something follows a semicolon. */
  isSingle: boolean;
  /** Names in front of an opening bracket, in lower case, without their schema: functions, and some keywords. */
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

/** Commands that Postgres explains and that read or write rows. */
const explained = new Set(["select", "with", "values", "table", "insert", "update", "delete", "merge"]);
const reading = new Set(["select", "with", "values", "table"]);

export const isExplainable = ({ command, isSingle }: StatementShape): boolean => isSingle && explained.has(command);

/** Whether the text is that of one SELECT that makes no table. What it calls and locks is for others to judge. */
export const isPlainRead = ({ command, isSingle, words }: StatementShape): boolean =>
  isSingle && reading.has(command) && !words.has("into");

/** The text without comments, line breaks and semicolons at the end, so that something may follow or surround it. */
export const withoutEnd = (text: string): string => {
  const tokens = sqlTokens(text);
  const last = tokens.findLast(({ kind, text: its }) => kind !== "symbol" || its !== ";");
  return last === undefined ? "" : text.slice(0, last.from + last.text.length);
};

/**
 * The text as `pg_stat_statements` would compare it: every constant and placeholder is a `?`, blanks are single, and
 * lists of constants are one.
 */
export function normaliseStatement(text: string): string {
  const parts = sqlTokens(withoutEnd(text)).map(({ kind, text: its }) =>
    kind === "string" || kind === "number" || kind === "parameter" ? "?" : kind === "word" ? its.toLowerCase() : its,
  );
  return parts.join(" ").replaceAll(/\?(?: , \?)+/g, "?");
}

/** What stands for a constant that is not to be seen. It reads as one itself. */
export const hiddenConstant = "'…'";

/**
 * An expression of a plan without the constants in it, which may be values that somebody sent: `(id = '…')`. Numbers that
 * belong to names stay, and so do placeholders.
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
