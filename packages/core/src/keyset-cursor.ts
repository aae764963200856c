import { defineErrors } from "./errors";
import { isStorable } from "./text";

/** The end of a keyset page: the list it belongs to, the last row's value in the order of that list, and its ID. */
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

/** Encodes a cursor as opaque, URL-safe text. */
export function encodeCursor({ list, value, id }: KeysetCursor): string {
  return toBase64Url(JSON.stringify([list, value, id]));
}

/** Decodes a cursor, whose value is text that Postgres can store or a safe integer; null when the text is not a cursor or belongs to another list. */
export function decodeCursor(text: string, list: string): KeysetCursor | null {
  try {
    const parts: unknown = JSON.parse(fromBase64Url(text));
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [of, value, id]: unknown[] = parts;
    if (of !== list || (typeof value !== "string" && !Number.isSafeInteger(value))) return null;
    if (typeof value === "string" && !isStorable(value)) return null;
    if (typeof id !== "number" || !Number.isSafeInteger(id)) return null;
    // Checked above: a string or a safe integer.
    return { list, value: value as string | number, id };
  } catch {
    return null;
  }
}

/** The error for an invalid keyset cursor. */
export const CursorError = defineErrors({
  CURSOR_INVALID: {
    rpcCode: "BAD_REQUEST",
    message: "The cursor does not belong to this list and order. Start again without a cursor.",
    when: "A cursor was altered, or belongs to a different list or order.",
    fix: "Start again without a cursor; keep the other inputs the same from page to page.",
  },
});
