import { type SqlToken, sqlTokens } from "./statement-shape";

/** A comparison of a column or expression of one table with a value from elsewhere. */
export type Term = {
  /** The column; null if an expression is compared. */
  column: string | null;
  /** The table's side without the table name: `name`, `lower(name)`. */
  text: string;
  /** `=`, `<`, `~~`, `= any`, `is null`, … with the table's side on the left. */
  operator: string;
  /** The other side, as in the plan. */
  value: string;
};

const opening = new Set(["(", "["]);
const closing = new Set([")", "]"]);

/** The tokens inside the parentheses that enclose all of them. */
function unwrap(tokens: readonly SqlToken[]): readonly SqlToken[] {
  let inner = tokens;
  while (inner[0]?.text === "(" && inner.at(-1)?.text === ")") {
    let depth = 0;
    const closedAt = inner.findIndex(({ text }) => {
      if (text === "(") depth += 1;
      if (text === ")") depth -= 1;
      return depth === 0;
    });
    if (closedAt !== inner.length - 1) break;
    inner = inner.slice(1, -1);
  }
  return inner;
}

/** The positions of matching tokens outside any brackets. */
function placesOf(tokens: readonly SqlToken[], isIt: (token: SqlToken) => boolean): number[] {
  let depth = 0;
  return tokens.flatMap((token, place) => {
    if (opening.has(token.text)) depth += 1;
    if (closing.has(token.text)) depth -= 1;
    return depth === 0 && isIt(token) ? [place] : [];
  });
}

/** The tokens as text, with spaces only where words would run together. */
function joined(tokens: readonly SqlToken[]): string {
  return tokens
    .map(({ kind, text }, place) => {
      const before = tokens[place - 1];
      const isWord = kind === "word" || kind === "name" || kind === "string" || kind === "number";
      const followsWord = before !== undefined && (before.kind === "word" || before.text === ",");
      return isWord && followsWord ? ` ${text}` : text;
    })
    .join("");
}

const unquote = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);

const isName = (token: SqlToken | undefined): boolean => token?.kind === "word" || token?.kind === "name";

/** Casts from text to text; an index on the plain column serves them. */
const textCast = /^::(?:text|bpchar|character varying)$/;

type Side = { column: string | null; text: string };

/** A side of a comparison that belongs to the table: a column or an expression such as `lower(…)`; otherwise null. */
function readSide(tokens: readonly SqlToken[], alias: string): Side | null {
  const inner = unwrap(tokens);
  const castAt = placesOf(inner, ({ text }) => text === "::")[0];
  const isTextCast = castAt !== undefined && textCast.test(joined(inner.slice(castAt)));
  const bare = isTextCast ? unwrap(inner.slice(0, castAt)) : inner;
  const [owner, dot, column, ...more] = bare;
  if (isName(owner) && dot?.text === "." && isName(column) && more.length === 0) {
    if (unquote(owner?.text ?? "") !== alias) return null;
    const name = unquote(column?.text ?? "");
    return { column: name, text: name };
  }
  const [call, bracket, ...rest] = bare;
  const isCall = isName(call) && bracket?.text === "(" && rest.at(-1)?.text === ")";
  if (!isCall || unwrap(bare.slice(1)).length === bare.length - 1) return null;
  const args = rest.slice(0, -1);
  const stripped = withoutOwner(args, alias);
  // Refers to this table only, and to at least one of its columns.
  if (stripped.length === args.length || stripped.some(({ kind }) => kind === "parameter")) return null;
  if (stripped.some(({ text }) => text === ".")) return null;
  return { column: null, text: `${call?.text}(${joined(stripped)})` };
}

function withoutOwner(tokens: readonly SqlToken[], alias: string): SqlToken[] {
  // A schema may have the name of the alias: `orders.total(…)` is a function of it, and no column.
  const owns = (place: number): boolean =>
    tokens[place + 1]?.text === "." &&
    tokens[place + 3]?.text !== "(" &&
    isName(tokens[place]) &&
    unquote(tokens[place]?.text ?? "") === alias;
  return tokens.filter((token, place) => !owns(place) && !(token.text === "." && owns(place - 1)));
}

const mentions = (tokens: readonly SqlToken[], alias: string): boolean =>
  withoutOwner(tokens, alias).length !== tokens.length;

const mirrored: Readonly<Record<string, string>> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };

function readTerm(tokens: readonly SqlToken[], alias: string): Term | null {
  const inner = unwrap(tokens);
  const isAt = placesOf(inner, ({ kind, text }) => kind === "word" && text.toUpperCase() === "IS")[0];
  if (isAt !== undefined) {
    const side = readSide(inner.slice(0, isAt), alias);
    const rest = joined(inner.slice(isAt)).toLowerCase();
    return side === null ? null : { ...side, operator: rest, value: "" };
  }
  const isOperator = ({ kind, text }: SqlToken): boolean => kind === "symbol" && !/^(?:::|[.,()[\]])$/.test(text);
  const [at, another] = placesOf(inner, isOperator);
  if (at === undefined || another !== undefined) return null;
  const operator = inner[at]?.text ?? "";
  const [before, after] = [inner.slice(0, at), inner.slice(at + 1)];
  if (after[0]?.kind === "word" && ["ANY", "ALL"].includes(after[0].text.toUpperCase())) {
    const side = readSide(before, alias);
    if (side === null || mentions(after, alias)) return null;
    return { ...side, operator: `${operator} ${after[0].text.toLowerCase()}`, value: joined(after.slice(1)) };
  }
  const left = readSide(before, alias);
  if (left !== null) return mentions(after, alias) ? null : { ...left, operator, value: joined(unwrap(after)) };
  const right = readSide(after, alias);
  if (right === null || mentions(before, alias)) return null;
  return { ...right, operator: mirrored[operator] ?? operator, value: joined(unwrap(before)) };
}

/**
 * The comparisons of a condition that must all hold and compare the table `alias` with a value from outside the
 * table. Names must be qualified, as in EXPLAIN (VERBOSE).
 */
export function readTerms(condition: string, alias: string): Term[] {
  const tokens = unwrap(sqlTokens(condition));
  const places = placesOf(tokens, ({ kind, text }) => kind === "word" && text === "AND");
  const bounds = [-1, ...places, tokens.length];
  return bounds.slice(1).flatMap((end, index) => {
    const term = readTerm(tokens.slice((bounds[index] ?? -1) + 1, end), alias);
    return term === null ? [] : [term];
  });
}

export type SortKey = {
  column: string;
  /** Null for the type's default. */
  collation: string | null;
  isDescending: boolean;
  isNullsFirst: boolean;
};

/** A sort key that is a column of the table; null for an expression or another table's column. */
export function readSortKey(key: string, alias: string): SortKey | null {
  const found = /^(.*?)(?: COLLATE ("[^"]+"|\w+))?( DESC)?(?: NULLS (FIRST|LAST))?$/.exec(key);
  const [, text = "", collation, desc, nulls] = found ?? [];
  const column = readSide(sqlTokens(text), alias)?.column ?? null;
  if (column === null) return null;
  const isDescending = desc !== undefined;
  const isNullsFirst = nulls === undefined ? isDescending : nulls === "FIRST";
  return { column, collation: collation === undefined ? null : unquote(collation), isDescending, isNullsFirst };
}

/** A sort key that is a distance between the table and a value from outside; null if it is not one. */
export function readDistance(key: string, alias: string): Term | null {
  const term = readTerms(key, alias)[0] ?? null;
  return term !== null && /^<(?:->|#>|=>|\+>|<->)/.test(term.operator) ? term : null;
}
