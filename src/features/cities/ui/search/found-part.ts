import { fold } from "../../fold";

/**
 * The part of `name` that a search for `query` found, in code units; null if the name only resembles it. Both are folded
 * as Postgres folds them. A query that differs in its blanks only, `valdor` for Val-d'Or, found the whole name.
 */
export function findPart(name: string, query: string): { start: number; end: number } | null {
  const wanted = fold(query).text;
  if (wanted === "") return null;
  const { text, origins } = fold(name);
  const isWhole = text.replaceAll(" ", "") === wanted.replaceAll(" ", "");
  const found = isWhole ? 0 : text.indexOf(wanted);
  const length = isWhole ? text.length : wanted.length;
  const first = origins[found];
  const last = origins[found + length - 1];
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}
