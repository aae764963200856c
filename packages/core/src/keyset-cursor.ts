/** Where a keyset page ended: the order it belongs to, the last row's value in that order, and its id. */
export type KeysetCursor = { list: string; value: string | number; id: number };

function toBase64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function fromBase64Url(text: string): string {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.codePointAt(0) ?? 0);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** An opaque text of the URL's alphabet. */
export function encodeCursor({ list, value, id }: KeysetCursor): string {
  return toBase64Url(JSON.stringify([list, value, id]));
}

/** The cursor of that text; null when it is none or belongs to another list. */
export function decodeCursor(text: string, list: string): KeysetCursor | null {
  try {
    const parts: unknown = JSON.parse(fromBase64Url(text));
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [of, value, id]: unknown[] = parts;
    if (of !== list || (typeof value !== "string" && !Number.isSafeInteger(value))) return null;
    if (typeof id !== "number" || !Number.isSafeInteger(id)) return null;
    // Checked above: a string or a safe integer.
    return { list, value: value as string | number, id };
  } catch {
    return null;
  }
}
