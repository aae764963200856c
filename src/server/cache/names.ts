import { createHash } from "node:crypto";
import type { InvalidateTarget } from "./types";

/** The keys in Redis. Clock, marks, log and nodes share a hash tag, so that one script may touch them in a cluster. */
export type KeyNames = {
  readonly clock: string;
  readonly server: string;
  readonly marks: string;
  readonly log: string;
  readonly nodes: string;
  readonly entry: (group: string, version: number, key: string) => string;
};

export function keyNames(prefix: string): KeyNames {
  const shared = (name: string): string => `{${prefix}cache}:${name}`;
  return {
    clock: shared("clock"),
    server: shared("server"),
    marks: shared("marks"),
    log: shared("log"),
    nodes: shared("nodes"),
    entry: (group, version, key) => `${prefix}entry:${group}:v${version}:${storable(key)}`,
  };
}

const longestPlain = 200;
const hashed = "sha256:";

/**
 * The text as Redis and every node spell it. Long texts and those with a lone surrogate (which UTF-8 cannot carry, so
 * that two of them would become one) are replaced by their hash; so is what looks like one, or a caller could forge it.
 */
function storable(text: string): string {
  if (text.length <= longestPlain && !text.startsWith(hashed) && !/\p{Surrogate}/u.test(text)) return text;
  return hashed + createHash("sha256").update(Buffer.from(text, "utf16le")).digest("base64url");
}

/** Tags, keys and groups are all marked by name; the first letter keeps them apart. */
export const markOfTag = (tag: string): string => `t:${storable(tag)}`;
export const markOfKey = (group: string, key: string): string => `k:${group}:${storable(key)}`;
export const markOfGroup = (group: string): string => `g:${group}`;

/** The marks that an invalidation of this target sets, each once; `all` has none of its own. */
export function marksOfTarget({ tags = [], keys = [], groups = [] }: InvalidateTarget): string[] {
  return [
    ...new Set([
      ...tags.map(markOfTag),
      ...keys.map(({ group, key }) => markOfKey(group, key)),
      ...groups.map(markOfGroup),
    ]),
  ];
}

/** How a mark is shown to people: a tag as it was written, else what it stands for. */
export function describeMark(mark: string): string {
  const rest = mark.slice(2);
  if (mark.startsWith("k:")) return `key:${rest}`;
  return mark.startsWith("g:") ? `group:${rest}` : rest;
}
