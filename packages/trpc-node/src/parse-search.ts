/** What a call's query string says: whether it is a batch, and the text of `input`; null when it has none. */
export type Search = { isBatch: boolean; input: string | null };

const none: Search = { isBatch: false, input: null };
const isEncoded = (text: string): boolean => text.includes("%") || text.includes("+");

/** Decodes a value as URLSearchParams does; null for percent-encoding that is no UTF-8, which it would mend. */
function decodeValue(raw: string): string | null {
  if (!isEncoded(raw)) return raw;
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/**
 * Reads `batch` and `input` of a query string of printable ASCII, the first of each, as URLSearchParams would. Returns
 * null when that needs a full parser: encoded names, broken encodings, `connectionParams`.
 */
export function parseSearch(search: string): Search | null {
  if (search === "") return none;
  let isBatch: boolean | null = null;
  let input: string | null = null;
  for (let from = 0; from < search.length;) {
    let end = search.indexOf("&", from);
    if (end === -1) end = search.length;
    const equals = search.indexOf("=", from);
    const hasValue = equals !== -1 && equals < end;
    const name = search.slice(from, hasValue ? equals : end);
    const value = hasValue ? search.slice(equals + 1, end) : "";
    from = end + 1;
    if (name === "input") {
      if (input !== null) continue;
      input = decodeValue(value);
      if (input === null) return null;
    } else if (name === "batch") {
      if (isEncoded(value)) return null;
      isBatch ??= value === "1";
    } else if (name === "connectionParams" || isEncoded(name)) {
      return null;
    }
  }
  return { isBatch: isBatch ?? false, input };
}
