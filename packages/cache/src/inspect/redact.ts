import { createHmac } from "node:crypto";
import type { Reason } from "../contract/inspection";
import type { GroupFacts } from "../loading/definition";
import { familyOf } from "../redis/names";

/**
 * True for groups whose keys and values must not be shown: sensitive groups, and groups that this version of the program
 * does not define, as they may be sensitive.
 */
export function isRedacted(groups: ReadonlyMap<string, GroupFacts>, group: string): boolean {
  return groups.get(group)?.isSensitive !== false;
}

/** False where the prefix would probe the characters of a redacted key. */
export function isSearchable(groups: ReadonlyMap<string, GroupFacts>, group: string, prefix: string): boolean {
  return prefix.length <= group.length + 1 || !isRedacted(groups, group);
}

const shownCharacters = 16;

/**
 * The replacement of a redacted key: the same on every node, so that it can be recognised. Without the clock's incarnation,
 * which no response contains, keys cannot be guessed and compared.
 */
export function redactKey(incarnation: string, group: string, key: string): string {
  const digest = createHmac("sha256", incarnation).update(`${group}:${key}`).digest("base64url");
  return `hidden:${digest.slice(0, shownCharacters)}`;
}

/** Names no key, and of a tag only its family. */
export function redactReason(reason: Reason): Reason {
  const { mark } = reason;
  if (mark === null || mark === "*" || mark.startsWith("group:")) return reason;
  return { ...reason, mark: mark.startsWith("key:") ? "key" : familyOf(mark) };
}
