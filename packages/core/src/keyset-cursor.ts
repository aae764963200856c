import { defineErrors } from "./errors";
import { isStorable } from "./text";

/** What tells rows with the same value apart: an ID, or the parts of a key in their order. */
export type KeysetId = number | string | readonly (number | string)[];

/** The end of a keyset page: the list it belongs to, the last row's value in the order of that list, and its ID. */
export type KeysetCursor<Id extends KeysetId = number> = { list: string; value: string | number; id: Id };

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
export function encodeCursor({ list, value, id }: KeysetCursor<KeysetId>): string {
  return toBase64Url(JSON.stringify([list, value, id]));
}

const isValue = (value: unknown): value is string | number =>
  typeof value === "string" ? isStorable(value) : typeof value === "number" && Number.isSafeInteger(value);

/** For `decodeCursor`: whether an ID from outside has this many parts, each text that Postgres can store or a safe integer. */
export const isKeysetId =
  (parts: number) =>
  (id: unknown): id is KeysetId =>
    Array.isArray(id) ? id.length === parts && id.every(isValue) : parts === 1 && isValue(id);

const isSafeInteger = (id: unknown): id is number => typeof id === "number" && Number.isSafeInteger(id);

/**
 * Decodes a cursor, whose value is text that Postgres can store or a safe integer; null when the text is not a cursor or
 * belongs to another list. Its ID is a safe integer, or what `isId` accepts.
 */
export function decodeCursor(text: string, list: string): KeysetCursor | null;
export function decodeCursor<Id extends KeysetId>(
  text: string,
  list: string,
  isId: (id: unknown) => id is Id,
): KeysetCursor<Id> | null;
export function decodeCursor(
  text: string,
  list: string,
  isId: (id: unknown) => id is KeysetId = isSafeInteger,
): KeysetCursor<KeysetId> | null {
  try {
    const parts: unknown = JSON.parse(fromBase64Url(text));
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [of, value, id]: unknown[] = parts;
    return of === list && isValue(value) && isId(id) ? { list, value, id } : null;
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
