import { createHash } from "node:crypto";
import type { InvalidateTarget } from "./types";

/** The keys in Redis. Clock, marks, log and nodes share a hash tag, so that one script may touch them in a cluster. */
export type KeyNames = {
  readonly clock: string;
  readonly server: string;
  readonly marks: string;
  readonly log: string;
  readonly nodes: string;
  /** What a node reads most. */
  readonly hot: (instance: string) => string;
  readonly entry: (group: string, version: number, key: string) => string;
  /** Who may load an entry. Lies in the entry's own slot, so that one script may touch both in a cluster. */
  readonly lease: (entry: string) => string;
  /** What SCAN must match to find entries whose `group:key` begins so; it may find others too. */
  readonly entryPattern: (prefix: string) => string;
  /** What an entry's name says; null for any other key. */
  readonly parseEntry: (name: string) => EntryName | null;
};

/** `key` as Redis spells it: a long one is a hash. */
export type EntryName = { readonly group: string; readonly version: number; readonly key: string };

export function keyNames(prefix: string): KeyNames {
  const shared = (name: string): string => `{${prefix}cache}:${name}`;
  return {
    clock: shared("clock"),
    server: shared("server"),
    marks: shared("marks"),
    log: shared("log"),
    nodes: shared("nodes"),
    hot: (instance) => `${prefix}hot:${instance}`,
    entry: (group, version, key) => `${prefix}entry:${group}:v${version}:${storable(key)}`,
    lease: (entry) => `{${hashTagOf(entry)}}:lease:${entry}`,
    entryPattern: (wanted) => {
      const colon = wanted.indexOf(":");
      const begin = asGlob(`${prefix}entry:`);
      if (colon < 0) return `${begin}${asGlob(wanted)}*`;
      return `${begin}${asGlob(wanted.slice(0, colon))}:v*:${asGlob(wanted.slice(colon + 1))}*`;
    },
    parseEntry: (name) => {
      if (!name.startsWith(`${prefix}entry:`)) return null;
      const [, group, version, key] = entryShape.exec(name.slice(prefix.length)) ?? [];
      if (group === undefined || key === undefined) return null;
      return { group, version: Number(version), key };
    },
  };
}

const entryShape = /^entry:([\w.-]+):v(\d+):(.*)$/su;
const asGlob = (text: string): string => text.replaceAll(/[\\*?[\]]/gu, "\\$&");

/** The part of a name that a cluster places it by: what its first braces hold, else all of it. */
function hashTagOf(name: string): string {
  return /^[^{]*\{([^}]+)\}/u.exec(name)?.[1] ?? name;
}

const longestPlain = 200;
/** A name with a closing brace and no hash tag could not share its slot with any other. */
const isUntaggable = (text: string): boolean => text.includes("}") && hashTagOf(text) === text;
const hashed = "sha256:";

/**
 * The text as Redis and every node spell it. Long texts and those with a lone surrogate (which UTF-8 cannot carry, so
 * that two of them would become one) are replaced by their hash; so is what looks like one, or a caller could forge it,
 * and what no lease could share its slot with.
 */
export function storable(text: string): string {
  if (text.length <= longestPlain && !text.startsWith(hashed) && !/\p{Surrogate}/u.test(text) && !isUntaggable(text)) {
    return text;
  }
  return hashed + createHash("sha256").update(Buffer.from(text, "utf16le")).digest("base64url");
}

/** Tags, keys and groups are all marked by name; the first letter keeps them apart. */
export const markOfTag = (tag: string): string => `t:${storable(tag)}`;
export const markOfKey = (group: string, key: string): string => markOfStoredKey(group, storable(key));
/** The mark of a key that is spelled as Redis has it. */
export const markOfStoredKey = (group: string, key: string): string => `k:${group}:${key}`;
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
