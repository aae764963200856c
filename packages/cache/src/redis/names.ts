import { createHash } from "node:crypto";
import type { InvalidateTarget } from "../contract/types";

/**
 * The keys in Redis. Clock, marks, log and nodes share a hash tag, so that one script may touch them in a cluster.
 *
 * A mark names what an invalidation addresses: a tag, a key or a group. Redis keeps the epochs of each mark.
 */
export type KeyNames = {
  readonly clock: string;
  readonly server: string;
  readonly marks: string;
  readonly log: string;
  readonly nodes: string;
  /** A fingerprint of each definition, by group. */
  readonly definitions: string;
  /** The keys that a node reads most. */
  readonly hot: (instance: string) => string;
  readonly entry: (group: string, version: number, key: string) => string;
  /** The lease to load an entry. In the entry's own slot, so that one script may touch both in a cluster. */
  readonly lease: (entry: string) => string;
  /** A SCAN pattern that matches all entries whose `group:key` starts with the prefix; it may match others too. */
  readonly entryPattern: (prefix: string) => string;
  /** Parses the name of an entry; null for any other key. */
  readonly parseEntry: (name: string) => EntryName | null;
};

/** `key` as stored in Redis: a long one is a hash. */
export type EntryName = { readonly group: string; readonly version: number; readonly key: string };

export function keyNames(prefix: string): KeyNames {
  const shared = (name: string): string => `{${prefix}cache}:${name}`;
  return {
    clock: shared("clock"),
    server: shared("server"),
    marks: shared("marks"),
    log: shared("log"),
    nodes: shared("nodes"),
    definitions: shared("definitions"),
    hot: (instance) => `${prefix}hot:${instance}`,
    entry: (group, version, key) => `${prefix}entry:${group}:v${version}:${storable(key)}`,
    lease: (entry) => `{${hashTagOf(entry)}}:lease:${entry}`,
    entryPattern: (wanted) => {
      const colon = wanted.indexOf(":");
      const start = asGlob(`${prefix}entry:`);
      if (colon < 0) return `${start}${asGlob(wanted)}*`;
      return `${start}${asGlob(wanted.slice(0, colon))}:v*:${asGlob(wanted.slice(colon + 1))}*`;
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
/** The text as a pattern that matches it literally. */
export const asGlob = (text: string): string => text.replaceAll(/[\\*?[\]]/gu, "\\$&");

/** The part of a name that decides its cluster slot: the content of its first braces, else all of it. */
function hashTagOf(name: string): string {
  return /^[^{]*\{([^}]+)\}/u.exec(name)?.[1] ?? name;
}

const maxPlainLength = 200;
/** A name with a closing brace but no hash tag cannot share its slot with any other. */
const isUntaggable = (text: string): boolean => text.includes("}") && hashTagOf(text) === text;
const hashed = "sha256:";

/**
 * The text as every node stores it. Replaced by their hash are: long texts; texts with a lone surrogate, which UTF-8 cannot
 * carry, so that two of them would become one; texts that look like a hash, which a caller could forge; and texts whose
 * slot no lease could share.
 */
export function storable(text: string): string {
  if (
    text.length <= maxPlainLength &&
    !text.startsWith(hashed) &&
    !/\p{Surrogate}/u.test(text) &&
    !isUntaggable(text)
  ) {
    return text;
  }
  return hashed + createHash("sha256").update(Buffer.from(text, "utf16le")).digest("base64url");
}

/** The first letter keeps the marks of tags, keys and groups apart. */
export const markOfTag = (tag: string): string => `t:${storable(tag)}`;
export const markOfKey = (group: string, key: string): string => markOfStoredKey(group, storable(key));
/** The mark of a key as stored in Redis. */
export const markOfStoredKey = (group: string, key: string): string => `k:${group}:${key}`;
export const markOfGroup = (group: string): string => `g:${group}`;

/** The marks of a target, each once; `all` has none of its own. */
export function marksOfTarget({ tags = [], keys = [], groups = [] }: InvalidateTarget): string[] {
  return [
    ...new Set([
      ...tags.map(markOfTag),
      ...keys.map(({ group, key }) => markOfKey(group, key)),
      ...groups.map(markOfGroup),
    ]),
  ];
}

/** A mark for display: a tag as written, else `key:…` or `group:…`. */
export function describeMark(mark: string): string {
  const rest = mark.slice(2);
  if (mark.startsWith("k:")) return `key:${rest}`;
  return mark.startsWith("g:") ? `group:${rest}` : rest;
}

/** `order:*` for `order:42`; a tag without a colon is its own family. */
export function familyOf(tag: string): string {
  const colon = tag.indexOf(":");
  return colon < 0 ? tag : `${tag.slice(0, colon)}:*`;
}
