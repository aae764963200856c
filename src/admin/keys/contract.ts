import { z } from "@/server/rpc/zod";

const word = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((text) => !text.includes("\0"), "The character U+0000 is not allowed.");
const cursor = z
  .string()
  .max(40)
  .regex(/^\d+-\d+$/, "A cursor is the nextCursor of the page before.")
  .nullish();

export const cacheKeysInput = z
  .strictObject({
    /** The begin of `group:key`, for example `city.` or `city.byId:34`. */
    prefix: word(300).default(""),
    cursor,
    /** About as many come; a page never leaves out a key that it passed. */
    limit: z.int().min(1).max(200).default(100),
  })
  .prefault({});
export const cacheKeyInput = z.strictObject({
  group: word(100).min(1),
  key: word(2000),
  /** Asks for the value too, which is refused where the viewer of values is off. */
  withValue: z.boolean().default(false),
});
export const hotKeysInput = z.strictObject({ limit: z.int().min(1).max(100).default(20) }).prefault({});
export const cacheDeletePrefixInput = z.strictObject({
  prefix: word(300).regex(/^[\w.-]{1,100}:/, "Begin with a group and a colon, for example city.byId:34"),
  mode: z.enum(["purge", "expire"]).default("purge"),
  cursor,
});

export type CacheKeysInput = z.infer<typeof cacheKeysInput>;
export type CacheKeyInput = z.infer<typeof cacheKeyInput>;
export type HotKeysInput = z.infer<typeof hotKeysInput>;
export type CacheDeletePrefixInput = z.infer<typeof cacheDeletePrefixInput>;

/** Keys of Redis that were looked at, of about so many, also those of others. */
export type CacheCoverage = { scanned: number; total: number; isComplete: boolean };

/** Why an entry is not fresh; `mark` is a tag, `key:…`, `group:…` or `*` for everything. */
export type CacheReason = {
  cause: "purged" | "expired" | "age" | "incarnation" | "untrusted";
  mark: string | null;
  epoch: number | null;
};
/** `void` is never served again; `stale` is served while one reader refreshes it. */
export type CacheStanding = { state: "fresh" | "stale" | "void"; reasons: CacheReason[] };

export type CacheGroupInspection = {
  group: string;
  version: number;
  /** Null for what this version of the program does not define: another version's, or left over. */
  definition: { freshMs: number; staleMs: number; negativeMs: number | null; serveForMs: number } | null;
  isSensitive: boolean;
  /** In Redis, with those that are void by now. */
  entries: number;
  bytes: number;
  /** In the memory of the node that answers. */
  memoryEntries: number;
  memoryBytes: number;
  /** ISO 8601; null when the log no longer says. */
  invalidatedAt: string | null;
};
/** The Redis server of the cache; `maxBytes` is null without a limit, `nodes` are those that follow the log. */
export type CacheServerInspection = {
  version: string;
  memoryPolicy: string;
  usedBytes: number;
  maxBytes: number | null;
  evictedKeys: number;
  nodes: number;
};
/** At most five seconds old. `isExact` false: entries and bytes are estimates from what was scanned. */
export type CacheGroupsInspection = {
  server: CacheServerInspection;
  groups: CacheGroupInspection[];
  isExact: boolean;
  coverage: CacheCoverage;
};

export type CacheTagInspection = { tag: string; entries: number; invalidatedAt: string | null };
export type CacheTagFamilyInspection = {
  /** `city:*` for all tags that begin with `city:`. */
  family: string;
  entries: number;
  /** As often as the log still says. */
  invalidations: number;
  invalidatedAt: string | null;
  /** Most entries first, counted in what was scanned. */
  busiest: CacheTagInspection[];
};
/** At most five seconds old. */
export type CacheTagsInspection = { families: CacheTagFamilyInspection[]; isExact: boolean; coverage: CacheCoverage };

export type CacheKeyRow = CacheStanding & {
  group: string;
  version: number;
  /** A long one is a hash; `hidden:…` in a sensitive group. */
  key: string;
  isHidden: boolean;
  ttlMs: number;
  sizeBytes: number;
};
export type CacheKeysPage = { keys: CacheKeyRow[]; nextCursor: string | null; coverage: CacheCoverage };

export type CacheKeyInspection = {
  group: string;
  version: number;
  key: string;
  isHidden: boolean;
  /** The clock of the cache; null where Redis has none. */
  epoch: number | null;
  /** Up to where the node that answers has followed it. */
  appliedEpoch: number;
  /** Null when Redis holds no entry of the key. */
  stored:
    | (CacheStanding & {
        epoch: number;
        freshUntil: string;
        usableUntil: string;
        ttlMs: number;
        sizeBytes: number;
        loadMs: number;
        encoding: string;
        /** The epochs at which each was last invalidated, 0 for never. */
        marks: { mark: string; purgedEpoch: number; expiredEpoch: number }[];
      })
    | null;
  /** Null when the memory of the node that answers holds no entry of the key. */
  memory: (CacheStanding & { checkedEpoch: number; freshForMs: number; usableForMs: number; sizeBytes: number }) | null;
  /** `json` is null where there is nothing to show, and `why` says why. */
  value: { json: string; isCut: boolean; why: null } | { json: null; isCut: false; why: CacheValueHidden };
};
export type CacheValueHidden = "notAsked" | "switchedOff" | "sensitive" | "absent";

export type HotKey = {
  group: string;
  key: string;
  isHidden: boolean;
  /** Reads of the last minute or so on all nodes, as counted; the truth lies within `atLeast` and `atMost`. */
  reads: number;
  atLeast: number;
  atMost: number;
  readsPerSecond: number;
};
export type HotKeys = {
  /** Most read first. */
  keys: HotKey[];
  nodesHeard: number;
  nodes: number;
  /** No key that is not listed was read more often. */
  othersAtMost: number;
};

/** Not at the end while `nextCursor` is not null: ask again with it. */
export type CachePrefixDeleted = {
  deleted: number;
  /** Null when nothing was found, or Redis refused: it is applied as soon as Redis is back. */
  epoch: number | null;
  nextCursor: string | null;
  coverage: CacheCoverage;
};
