/** How much of Redis was scanned. Counts of keys are estimates from the share of the key space that was walked. */
export type Coverage = {
  readonly scanned: number;
  /** All keys of this Redis database, including foreign ones. */
  readonly total: number;
  readonly isComplete: boolean;
};

/**
 * Why an entry is not fresh. `purged` and `expired` name the tag, `key:…`, `group:…` or `*` that was invalidated, and the
 * epoch; `incarnation`: Redis was restarted or wiped since; `untrusted`: this node has not heard from the log for too long
 * to vouch for its memory.
 */
export type Reason = {
  readonly cause: "purged" | "expired" | "age" | "incarnation" | "untrusted";
  readonly mark: string | null;
  readonly epoch: number | null;
};

/** A `void` entry is never served again; a `stale` one may be served while one reader refreshes it. */
export type EntryStatus = { readonly state: "fresh" | "stale" | "void"; readonly reasons: readonly Reason[] };

/** Bounds of one scan of Redis. */
export type ScanOptions = {
  /** About how many keys of Redis to walk past at most. */
  maxKeys?: number;
  /** Time budget. */
  maxMs?: number;
  signal?: AbortSignal;
  /** Called after each step. */
  onProgress?: (coverage: { scanned: number; total: number }) => void;
};

export type PreviewOptions = ScanOptions;

export type InvalidationPreview = Coverage & {
  /** Servable entries in Redis that the target affects, among those scanned. */
  readonly entries: number;
  /** `entries` extrapolated to what was not scanned; equal to `entries` when exact. */
  readonly estimate: number;
  /** True when nothing was left out. */
  readonly isExact: boolean;
  /** Largest first. */
  readonly byGroup: readonly { readonly group: string; readonly entries: number }[];
};

export type GroupSummary = {
  readonly group: string;
  readonly version: number;
  /** Null for a group or version that this program does not define: entries of another version, or left-overs. */
  readonly definition: {
    readonly freshMs: number;
    readonly staleMs: number;
    /** Null where "does not exist" is not remembered. */
    readonly negativeMs: number | null;
    /** How long L1 may serve without the log. */
    readonly serveForMs: number;
  } | null;
  readonly isSensitive: boolean;
  /** In Redis, void entries included; extrapolated to what was not scanned. */
  readonly entries: number;
  /** Memory used in Redis, from a sample. */
  readonly bytes: number;
  /** In this node's memory. */
  readonly memoryEntries: number;
  readonly memoryBytes: number;
  /** Last invalidation of the group itself or of everything, in ms since 1970 by the server; null when the log is too short. */
  readonly invalidatedAtMs: number | null;
};
export type GroupSummaries = Coverage & {
  readonly groups: readonly GroupSummary[];
  /** False when entries and bytes in Redis are estimates. */
  readonly isExact: boolean;
};

export type ServerInfo = {
  readonly version: string;
  readonly memoryPolicy: string;
  readonly usedBytes: number;
  /** Null without a limit. */
  readonly maxBytes: number | null;
  /** Since the server started. */
  readonly evictedKeys: number;
  /** Nodes that follow the log, and nodes that ended moments ago without deregistering. */
  readonly nodes: number;
};

export type TagSummary = { readonly tag: string; readonly entries: number; readonly invalidatedAtMs: number | null };
export type TagFamilySummary = {
  /** `order:*` for all tags that begin with `order:`. */
  readonly family: string;
  /** Entries with a tag of the family, counted once per tag; extrapolated to what was not scanned. */
  readonly entries: number;
  /** How often tags of the family were invalidated, as far back as the log was read. */
  readonly invalidations: number;
  readonly invalidatedAtMs: number | null;
  /** The tags with the most entries among those scanned; none of sensitive groups. */
  readonly busiest: readonly TagSummary[];
};
export type TagSummaries = Coverage & { readonly isExact: boolean; readonly families: readonly TagFamilySummary[] };

export type KeySummary = EntryStatus & {
  readonly group: string;
  readonly version: number;
  /** As stored in Redis (a long key is a hash); `hidden:…` in a sensitive group. */
  readonly key: string;
  readonly isHidden: boolean;
  /** Until Redis expires it. */
  readonly ttlMs: number;
  readonly sizeBytes: number;
};
export type KeysPage = Coverage & {
  /** About as many as requested, unordered; keys that come or go during the scan may be missing or repeated. */
  readonly keys: readonly KeySummary[];
  /** For the next page; null at the end. */
  readonly nextCursor: string | null;
};

/** When a mark was invalidated; 0 for never. */
export type MarkEpochs = { readonly mark: string; readonly purgedEpoch: number; readonly expiredEpoch: number };
export type KeyDetail = {
  readonly group: string;
  readonly version: number;
  readonly key: string;
  readonly isHidden: boolean;
  /** The cache's current epoch; null while Redis has no clock. */
  readonly epoch: number | null;
  /** The epoch up to which this node has followed the log. */
  readonly appliedEpoch: number;
  /** Null when Redis holds no such entry. Times are ms since 1970 by the server. */
  readonly stored:
    | (EntryStatus & {
        readonly epoch: number;
        readonly freshUntilMs: number;
        readonly usableUntilMs: number;
        readonly ttlMs: number;
        readonly sizeBytes: number;
        readonly loadMs: number;
        readonly encoding: string;
        /** The marks of key, group and tags. */
        readonly marks: readonly MarkEpochs[];
      })
    | null;
  /** Null when this node's memory holds no such entry. */
  readonly memory:
    | (EntryStatus & {
        readonly checkedEpoch: number;
        readonly freshForMs: number;
        readonly usableForMs: number;
        readonly sizeBytes: number;
      })
    | null;
  /** As JSON, when requested and the group is not sensitive. */
  readonly value?: { readonly json: string; readonly isCut: boolean };
};

export type HotKey = {
  readonly group: string;
  readonly key: string;
  readonly isHidden: boolean;
  /** Reads of about the last minute on all nodes, as counted; the true number lies within `atLeast` and `atMost`. */
  readonly reads: number;
  readonly atLeast: number;
  readonly atMost: number;
  readonly readsPerSecond: number;
};
export type HotKeyReport = {
  /** Most read first. */
  readonly keys: readonly HotKey[];
  /** How many nodes reported theirs, and how many nodes exist. */
  readonly nodesHeard: number;
  readonly nodes: number;
  /** No unlisted key was read more often. */
  readonly othersAtMost: number;
};

export type DeletePrefixResult = Coverage & {
  /** Null at the end. */
  readonly nextCursor: string | null;
  readonly deleted: number;
  /** The last epoch; null when nothing was invalidated or the last batch was queued. */
  readonly epoch: number | null;
};

export type DeletePrefixOptions = ScanOptions & {
  /** The `nextCursor` of a call that ended early. */
  cursor?: string;
  /** Called after each batch. */
  onDeleted?: (deleted: number) => void;
};

/** Looks into the cache without changing it. Every call rejects with CACHE_UNAVAILABLE when Redis does not respond. */
export type CacheInspection = {
  server: () => Promise<ServerInfo>;
  groups: (options?: ScanOptions) => Promise<GroupSummaries>;
  tags: (options?: ScanOptions) => Promise<TagSummaries>;
  /**
   * Entries whose `group:key` starts with the prefix. In a sensitive group a prefix that goes beyond its name finds nothing.
   * @throws WeirError CURSOR_INVALID
   */
  keys: (request: { prefix?: string; cursor?: string; limit: number }, options?: ScanOptions) => Promise<KeysPage>;
  /** Counts what `deletePrefix` would delete, void entries included. Those only in a node's memory are not counted. */
  prefix: (prefix: string, options?: PreviewOptions) => Promise<InvalidationPreview>;
  /** @throws WeirError CACHE_GROUP_UNKNOWN */
  key: (request: { group: string; key: string; value?: boolean }) => Promise<KeyDetail>;
  hotKeys: (limit: number) => Promise<HotKeyReport>;
};
