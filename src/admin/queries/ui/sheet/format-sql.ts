/** A piece of SQL, with how it is shown. */
export type SqlPart = { kind: "keyword" | "placeholder" | "literal" | "text"; text: string };

/** In this order: comments, strings with and without escapes, dollar quotes, quoted identifiers, placeholders, words, blanks, anything else. */
const tokens =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|"(?:[^"]|"")*"|\$\d+|[A-Za-z_]\w*|\s+|[\s\S]/g;

/** Begin a line of their own, at the depth of their query. */
const clauses = new Set(
  "with select from where group having window order limit offset fetch for union intersect except values set returning insert update delete on_conflict".split(
    " ",
  ),
);
const joins = new Set(["join", "left", "right", "inner", "full", "cross", "natural"]);
const keywords = new Set([
  ...clauses,
  ...joins,
  ..."all and any array as asc between by case conflict coalesce collate current_timestamp default desc distinct do else end exists false filter ilike in into is lateral like not nothing null nulls first last on only or outer over partition recursive row rows skip locked share then ties true update using when within".split(
    " ",
  ),
]);

/** A parenthesis after one of these groups conditions. */
const beforeConditions = new Set(["where", "having", "and", "or", "(", "not"]);

const indent = "  ";

/**
 * SQL with one clause per line, subqueries indented. Only blanks change: strings, comments and quoted names stay as they are.
 */
export function formatSql(sql: string): SqlPart[] {
  const found = [...sql.trim().matchAll(tokens)].map(([text]) => text);
  const parts: SqlPart[] = [];
  /** For each open parenthesis, what is inside: a query, conditions, or a list, which stays on its line. */
  const open: ("query" | "conditions" | "list")[] = [];
  const depth = (): number => open.filter((inside) => inside === "query").length;
  let isBlank = false;
  const breakLine = (): void => {
    isBlank = false;
    if (parts.at(-1)?.text.startsWith("\n") === true) parts.pop();
    if (parts.length > 0) parts.push({ kind: "text", text: `\n${indent.repeat(depth())}` });
  };
  const add = (kind: SqlPart["kind"], text: string): void => {
    if (isBlank && parts.length > 0) parts.push({ kind: "text", text: " " });
    isBlank = false;
    parts.push({ kind, text });
  };
  const wordAfter = (index: number): string =>
    (found.slice(index + 1).find((text) => text.trim() !== "") ?? "").toLowerCase();
  let before = "";
  for (const [index, text] of found.entries()) {
    const word = text.toLowerCase();
    if (text.trim() === "") {
      isBlank = parts.at(-1)?.text.startsWith("\n") !== true;
      continue;
    }
    if (text === "(") {
      const isQuery = /^(?:select|with|values)$/.test(wordAfter(index));
      add("text", text);
      open.push(isQuery ? "query" : beforeConditions.has(before) ? "conditions" : "list");
      if (isQuery) breakLine();
    } else if (text === ")") {
      if (open.pop() === "query") breakLine();
      add("text", text);
    } else if (/^[a-z_]/i.test(text) && keywords.has(word)) {
      const isInside = open.at(-1) === "list";
      const beginsClause =
        clauses.has(word) &&
        open.at(-1) !== "conditions" &&
        !isInside &&
        before !== "for" &&
        before !== "do" &&
        before !== "insert";
      const beginsJoin =
        joins.has(word) && !isInside && !joins.has(before) && before !== "outer" && wordAfter(index) !== "(";
      const isCondition = (word === "and" || word === "or") && !isInside && before !== "";
      if (beginsClause || beginsJoin) breakLine();
      else if (isCondition) {
        breakLine();
        parts.push({ kind: "text", text: indent });
      }
      add("keyword", text);
    } else if (/^\$\d/.test(text)) add("placeholder", text);
    else if (/^(?:e?'|\$|--|\/\*)/i.test(text)) {
      add("literal", text);
      // What follows a line comment would become part of it.
      if (text.startsWith("--")) breakLine();
    } else add("text", text);
    before = word;
  }
  return parts;
}

/** The formatted SQL as one text. */
export const sqlText = (parts: readonly SqlPart[]): string => parts.map(({ text }) => text).join("");
