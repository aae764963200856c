import { createHmac } from "node:crypto";
import type { GroupFacts } from "../plan";

/**
 * True for groups whose keys and values are shown to nobody: those that say so, and those that this version of the
 * program does not define, which nobody can vouch for.
 */
export function isVeiled(groups: ReadonlyMap<string, GroupFacts>, group: string): boolean {
  return groups.get(group)?.isSensitive !== false;
}

/** False where the prefix would try out the letters of a veiled key. */
export function mayBeFound(groups: ReadonlyMap<string, GroupFacts>, group: string, prefix: string): boolean {
  return prefix.length <= group.length + 1 || !isVeiled(groups, group);
}

const shownLetters = 16;

/**
 * A key as it is shown in its stead: the same on every node, so that it can be recognised, and without the clock's
 * incarnation, which no answer holds, nobody can try out which key it is.
 */
export function veil(incarnation: string, group: string, key: string): string {
  return `hidden:${createHmac("sha256", incarnation).update(`${group}:${key}`).digest("base64url").slice(0, shownLetters)}`;
}

/** `city:*` for `city:42`; a tag without a colon is a family by itself. */
export function familyOf(tag: string): string {
  const colon = tag.indexOf(":");
  return colon < 0 ? tag : `${tag.slice(0, colon)}:*`;
}
