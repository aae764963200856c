/** How much of Redis was looked at. Numbers of keys are estimates from the share of the key space that was walked. */
export type Coverage = {
  readonly scanned: number;
  /** All keys of this Redis database, also those of others. */
  readonly total: number;
  readonly isComplete: boolean;
};

/**
 * Why an entry is not fresh. `purged` and `expired` name the tag, `key:…`, `group:…` or `*` that was invalidated, and
 * when; `incarnation` says that Redis was restarted or wiped since; `untrusted` that this node has not heard from the
 * log for too long to vouch for its memory.
 */
export type Reason = {
  readonly cause: "purged" | "expired" | "age" | "incarnation" | "untrusted";
  readonly mark: string | null;
  readonly epoch: number | null;
};

/** `void` is never served again; `stale` may be served while one reader refreshes it. */
export type Standing = { readonly state: "fresh" | "stale" | "void"; readonly reasons: readonly Reason[] };

/** Bounds of one look at Redis. */
export type LookOptions = {
  /** How many keys of Redis to walk past at most, about. */
  mostKeys?: number;
  withinMs?: number;
  signal?: AbortSignal;
  /** Called after each step. */
  onProgress?: (coverage: { scanned: number; total: number }) => void;
};

export type PreviewOptions = LookOptions;

export type InvalidationPreview = Coverage & {
  /** Entries in Redis that may be served now and that the target touches: those found in what was scanned. */
  readonly entries: number;
  /** `entries` spread over what was not scanned; the same when exact. */
  readonly estimate: number;
  /** True when nothing was left out. */
  readonly isExact: boolean;
  /** Largest first. */
  readonly byGroup: readonly { readonly group: string; readonly entries: number }[];
};

export type GroupLook = {
  readonly group: string;
  readonly version: number;
  /** Null for entries of a group or version that this program does not define: another version's, or left over. */
  readonly definition: {
    readonly freshMs: number;
    readonly staleMs: number;
    /** Null where "does not exist" is not remembered. */
    readonly negativeMs: number | null;
    /** How long L1 may answer without the log. */
    readonly serveForMs: number;
  } | null;
  readonly isSensitive: boolean;
  /** In Redis, also those that are void by now; spread over what was not scanned. */
  readonly entries: number;
  /** Memory they take in Redis, from a sample. */
  readonly bytes: number;
  /** In this node's memory. */
  readonly memoryEntries: number;
  readonly memoryBytes: number;
  /** Of the group itself or of everything: ms since 1970 by the server; null when the log no longer says. */
  readonly invalidatedAtMs: number | null;
};
export type GroupsLook = Coverage & {
  readonly groups: readonly GroupLook[];
  /** False when entries and bytes of Redis are estimates. */
  readonly isExact: boolean;
};

export type ServerLook = {
  readonly version: string;
  readonly memoryPolicy: string;
  readonly usedBytes: number;
  /** Null without a limit. */
  readonly maxBytes: number | null;
  /** Since the server began. */
  readonly evictedKeys: number;
  /** Nodes that follow the log, with those that ended a moment ago and did not say so. */
  readonly nodes: number;
};

export type TagLook = { readonly tag: string; readonly entries: number; readonly invalidatedAtMs: number | null };
export type TagFamilyLook = {
  /** `city:*` for all that begin with `city:`. */
  readonly family: string;
  /** Entries that bear a tag of the family, one count for each tag; spread over what was not scanned. */
  readonly entries: number;
  /** How often tags of the family were invalidated, as far back as the log was read. */
  readonly invalidations: number;
  readonly invalidatedAtMs: number | null;
  /** The tags with the most entries among those scanned; none of sensitive groups. */
  readonly busiest: readonly TagLook[];
};
export type TagsLook = Coverage & { readonly isExact: boolean; readonly families: readonly TagFamilyLook[] };

export type KeyLook = Standing & {
  readonly group: string;
  readonly version: number;
  /** As Redis spells it (a long one is a hash); `hidden:…` in a sensitive group. */
  readonly key: string;
  readonly isHidden: boolean;
  /** Until Redis forgets it. */
  readonly ttlMs: number;
  readonly sizeBytes: number;
};
export type KeysPage = Coverage & {
  /** About as many as asked for, in no order; one that came or went meanwhile may be missing or be there twice. */
  readonly keys: readonly KeyLook[];
  /** For the next page; null at the end. */
  readonly nextCursor: string | null;
};

export type MarkLook = { readonly mark: string; readonly purgedEpoch: number; readonly expiredEpoch: number };
export type KeyDetail = {
  readonly group: string;
  readonly version: number;
  readonly key: string;
  readonly isHidden: boolean;
  /** The clock of the cache now, and up to where this node has followed it. */
  readonly epoch: number | null;
  readonly appliedEpoch: number;
  /** Null when Redis holds no such entry. Times are ms since 1970 by the server. */
  readonly stored:
    | (Standing & {
        readonly epoch: number;
        readonly freshUntilMs: number;
        readonly usableUntilMs: number;
        readonly ttlMs: number;
        readonly sizeBytes: number;
        readonly loadMs: number;
        readonly encoding: string;
        /** Of key, group and tags, with the epochs at which each was invalidated; 0 for never. */
        readonly marks: readonly MarkLook[];
      })
    | null;
  /** Null when this node's memory holds no such entry. */
  readonly memory:
    | (Standing & {
        readonly checkedEpoch: number;
        readonly freshForMs: number;
        readonly usableForMs: number;
        readonly sizeBytes: number;
      })
    | null;
  /** As JSON, when it was asked for and may be shown. */
  readonly value?: { readonly json: string; readonly isCut: boolean };
};

export type HotKeyLook = {
  readonly group: string;
  readonly key: string;
  readonly isHidden: boolean;
  /** Reads of the last minute or so on all nodes, as counted; the truth lies within `atLeast` and `atMost`. */
  readonly reads: number;
  readonly atLeast: number;
  readonly atMost: number;
  readonly readsPerSecond: number;
};
export type HotKeysLook = {
  /** Most read first. */
  readonly keys: readonly HotKeyLook[];
  /** How many nodes told theirs, and how many there are. */
  readonly nodesHeard: number;
  readonly nodes: number;
  /** No key that is not listed was read more often. */
  readonly othersAtMost: number;
};

export type DeletePrefixResult = Coverage & {
  /** Null at the end. */
  readonly nextCursor: string | null;
  readonly deleted: number;
  /** The last epoch; null when nothing was invalidated or the last batch was queued. */
  readonly epoch: number | null;
};

export type DeletePrefixOptions = LookOptions & {
  /** The `nextCursor` of a call that ended early. */
  cursor?: string;
  /** Called after each batch. */
  onDeleted?: (deleted: number) => void;
};

/** Looks around without changing anything. All of it throws WeirError CACHE_UNAVAILABLE when Redis does not answer. */
export type CacheInspection = {
  server: () => Promise<ServerLook>;
  groups: (options?: LookOptions) => Promise<GroupsLook>;
  tags: (options?: LookOptions) => Promise<TagsLook>;
  /**
   * Entries whose `group:key` begins with the prefix. In a sensitive group a prefix beyond its name finds nothing.
   * @throws WeirError CURSOR_INVALID
   */
  keys: (request: { prefix?: string; cursor?: string; limit: number }, options?: LookOptions) => Promise<KeysPage>;
  /** @throws WeirError CACHE_GROUP_UNKNOWN */
  key: (request: { group: string; key: string; value?: boolean }) => Promise<KeyDetail>;
  hotKeys: (limit: number) => Promise<HotKeysLook>;
};
