import { storedText, z } from "@/server/rpc/zod";

const cursor = z
  .string()
  .max(40)
  .regex(/^\d+-\d+$/, "Pass the nextCursor of the previous page.")
  .nullish();

export const cacheKeysInput = z
  .strictObject({
    /** The start of `group:key`, for example `note.` or `note.byId:34`. */
    prefix: storedText(300).default(""),
    cursor,
    /** Approximate; a page never skips a key that it passed. */
    limit: z.int().min(1).max(200).default(100),
    /** Sent by infinite queries; there is only one direction. */
    direction: z.literal("forward").optional(),
  })
  .prefault({});
export const cacheKeyInput = z.strictObject({
  group: storedText(100).min(1),
  key: storedText(2000),
  /** Includes the value, unless the value viewer is switched off. */
  withValue: z.boolean().default(false),
});
export const hotKeysInput = z.strictObject({ limit: z.int().min(1).max(100).default(20) }).prefault({});
const deletable = storedText(300).regex(/^[\w.-]{1,100}:/, "Start with a group and a colon, for example note.byId:34");
export const cachePreviewPrefixInput = z.strictObject({ prefix: deletable });
export const cacheDeletePrefixInput = z.strictObject({
  prefix: deletable,
  mode: z.enum(["purge", "expire"]).default("purge"),
  cursor,
});

export type CacheKeysInput = z.infer<typeof cacheKeysInput>;
export type CacheKeyInput = z.infer<typeof cacheKeyInput>;
export type HotKeysInput = z.infer<typeof hotKeysInput>;
export type CacheDeletePrefixInput = z.infer<typeof cacheDeletePrefixInput>;

/** How many keys of Redis were scanned, of about how many, including foreign ones. */
export type CacheCoverage = { scanned: number; total: number; isComplete: boolean };

/** Why an entry is not fresh; `mark` is a tag, `key:…`, `group:…` or `*` for everything. */
export type CacheReason = {
  cause: "purged" | "expired" | "age" | "incarnation" | "untrusted";
  mark: string | null;
  epoch: number | null;
};
/** `void` is never served again; `stale` may be served while one reader refreshes it. */
export type CacheStanding = { state: "fresh" | "stale" | "void"; reasons: CacheReason[] };

export type CacheGroupInspection = {
  group: string;
  version: number;
  /** Null for groups that this version of the program does not define, such as left-over ones. */
  definition: { freshMs: number; staleMs: number; negativeMs: number | null; serveForMs: number } | null;
  isSensitive: boolean;
  /** In Redis, including void entries. */
  entries: number;
  bytes: number;
  /** In the memory of the responding node. */
  memoryEntries: number;
  memoryBytes: number;
  /** ISO 8601; null if the log no longer covers it. */
  invalidatedAt: string | null;
};
/** The Redis server of the cache; `maxBytes` is null without a limit, `nodes` counts the nodes that follow the log. */
export type CacheServerInspection = {
  version: string;
  memoryPolicy: string;
  usedBytes: number;
  maxBytes: number | null;
  evictedKeys: number;
  nodes: number;
};
/** At most five seconds old. If `isExact` is false, entries and bytes are estimates from a sample. */
export type CacheGroupsInspection = {
  server: CacheServerInspection;
  groups: CacheGroupInspection[];
  isExact: boolean;
  coverage: CacheCoverage;
};

export type CacheTagInspection = { tag: string; entries: number; invalidatedAt: string | null };
export type CacheTagFamilyInspection = {
  /** `note:*` for all tags that begin with `note:`. */
  family: string;
  entries: number;
  /** As far as the log covers. */
  invalidations: number;
  invalidatedAt: string | null;
  /** Most entries first, within the scanned sample. */
  busiest: CacheTagInspection[];
};
/** At most five seconds old. */
export type CacheTagsInspection = { families: CacheTagFamilyInspection[]; isExact: boolean; coverage: CacheCoverage };

export type CacheKeyRow = CacheStanding & {
  group: string;
  version: number;
  /** Long keys are hashed; `hidden:…` in a sensitive group. */
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
  /** The logical clock of the cache; null if Redis has none. */
  epoch: number | null;
  /** The epoch up to which the responding node has caught up. */
  appliedEpoch: number;
  /** Null if Redis has no entry for the key. */
  stored:
    | (CacheStanding & {
        epoch: number;
        freshUntil: string;
        usableUntil: string;
        ttlMs: number;
        sizeBytes: number;
        loadMs: number;
        encoding: string;
        /** The epochs of the last invalidations, 0 for never. */
        marks: { mark: string; purgedEpoch: number; expiredEpoch: number }[];
      })
    | null;
  /** Null if the memory of the responding node has no entry for the key. */
  memory: (CacheStanding & { checkedEpoch: number; freshForMs: number; usableForMs: number; sizeBytes: number }) | null;
  /** `json` is null if there is no value to show; `why` is the reason. */
  value: { json: string; isCut: boolean; why: null } | { json: null; isCut: false; why: CacheValueHidden };
};
export type CacheValueHidden = "notAsked" | "switchedOff" | "sensitive" | "absent";

export type HotKey = {
  group: string;
  key: string;
  isHidden: boolean;
  /** Estimated reads on all nodes within about a minute; the exact number is between `atLeast` and `atMost`. */
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
  /** The upper bound for every key that is not listed. */
  othersAtMost: number;
};

/** Call again with `nextCursor` until it is null. */
export type CachePrefixDeleted = {
  deleted: number;
  /** Null if no key was found or Redis is unavailable; in that case it is applied once Redis is back. */
  epoch: number | null;
  nextCursor: string | null;
  coverage: CacheCoverage;
};
