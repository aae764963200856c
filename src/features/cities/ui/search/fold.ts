/** Folds a character for comparison: no accents, lower case. One code point may become several. */
function foldOne(char: string): string {
  return char.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** Where `name` contains `query`, ignoring accents and case, in code units of `name`; null if it does not. */
export function findFolded(name: string, query: string): { start: number; end: number } | null {
  const wanted = Array.from(query.trim(), foldOne).join("");
  if (wanted === "") return null;
  // Folding may lengthen or drop characters, so each folded unit remembers where it came from.
  let folded = "";
  const origins: { start: number; end: number }[] = [];
  let at = 0;
  for (const char of name) {
    const piece = foldOne(char);
    const origin = { start: at, end: at + char.length };
    for (let unit = 0; unit < piece.length; unit += 1) origins.push(origin);
    folded += piece;
    at += char.length;
  }
  const found = folded.indexOf(wanted);
  if (found === -1) return null;
  const first = origins[found];
  const last = origins[found + wanted.length - 1];
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}
