import type {
  CacheInspection,
  DeletePrefixOptions,
  DeletePrefixResult,
  InvalidationPreview,
  PreviewOptions,
} from "./inspection";
import type { Json } from "./json";
import type { Tag, TagSet, Touched, TouchedRows } from "./tags";
import type { Mismatch } from "./warnings";

/** `"250ms"`, `"10s"`, `"5m"`, `"1h"`, `"7d"`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/** What a load receives. The signal aborts when the cache is closed. */
export type LoadContext = { signal: AbortSignal };

/** One group of cached values. Define it once, at boot. */
export type Definition<Key, Value, TagText extends string = string> = {
  /** The group, as metrics and the dashboard show it: `feature.read`. Letters, digits, dots, dashes, underscores. */
  name: string;
  /** Entries of another version are never read. A non-negative integer. */
  version: number;
  /** The entry's name inside the group. Two keys with the same text share one entry. */
  key: (key: Key) => string;
  /** Tags of an entry; the value is null for a negative entry. The key and the group are implied tags. */
  tags: (key: Key, value: Value | null) => readonly TagText[];
  /** Varied at random by up to a tenth, so that entries loaded together do not expire together. */
  freshFor: Duration;
  /** Added to `freshFor`: how long an old value may be served while one reader refreshes it. Default: not at all. */
  staleFor?: Duration;
  /** How long "does not exist" (null) is remembered. Default: not at all. */
  negativeFor?: Duration;
  /**
   * Checks values that come from L2, without changing them; a value that fails is a miss. Protects against shapes that an
   * older build stored under the same version. A zod schema works.
   */
  schema?: { readonly safeParse: (value: unknown) => { readonly success: boolean } };
  /** `strict` (default): no L1 without a current log. `serveFor`: L1 may serve that long without the log, outside rule C1. */
  outage?: "strict" | { serveFor: Duration };
  /**
   * False for values that depend on more than the database, such as the current time: verification skips them.
   * Default: true.
   */
  isVerifiable?: boolean;
  /** Inspection then hides values, replaces keys by a hash and shows only the family of each tag. */
  isSensitive?: boolean;
  /**
   * Loads one value. Return null for a value that does not exist; undefined is refused. Readers receive the value as JSON
   * represents it, frozen; a type that JSON would change, such as a Date, does not compile.
   */
  load: (key: Key, context: LoadContext) => Promise<(Value & Json<Value>) | null>;
  /** Loads many values at once. Keys that are absent from the map do not exist. */
  loadMany?: (keys: readonly Key[], context: LoadContext) => Promise<ReadonlyMap<Key, Value & Json<Value>>>;
};

export type ReadOptions = {
  /** Loads from the source, and neither reads nor stores an entry. */
  bypass?: boolean;
};

/** One key of a group, for callers that read it repeatedly. */
export type EntryRef<Value> = {
  readonly group: string;
  /** The group's `live` for this key. */
  readonly live: () => LiveEntry<Value> | undefined;
  /** The group's `get` for this key. */
  readonly get: () => Promise<Value | null>;
};

/** A fresh value in L1, for callers that keep something derived from it, such as an encoded response. */
export type LiveEntry<Value> = {
  readonly group: string;
  readonly value: Value;
  /**
   * Returns true when a read at this moment would be a fresh L1 hit with this very value, and counts as that read. Once it
   * returns false, discard what was derived from the value. `startedAtMs` (`performance.now()`) is when the read began,
   * for callers that know it already.
   */
  answers: (startedAtMs?: number) => boolean;
};

export type CacheGroup<Key, Value> = {
  readonly name: string;
  /**
   * Returns the value, or null where none exists. Rejects when the load rejects, and with CACHE_LOAD_TIMEOUT at the
   * deadline of the caller's request; the load then continues for other readers.
   */
  get: (key: Key, options?: ReadOptions) => Promise<Value | null>;
  /** Returns one entry per distinct key, in the order of the keys; null where no value exists. Rejects as `get` does. */
  getMany: (keys: readonly Key[]) => Promise<Map<Key, Value | null>>;
  /**
   * Returns the fresh value in L1; undefined when L1 has none or a negative one. Counts as no read.
   * @throws WeirError CACHE_READ_IN_MUTATION inside `mutate`
   */
  live: (key: Key) => LiveEntry<Value> | undefined;
  /** Returns a reference to one key, without reading it. */
  entry: (key: Key) => EntryRef<Value>;
  /** Returns what L1 would serve now, without loading or waiting; undefined when L1 cannot serve the key. */
  peek: (key: Key) => Value | null | undefined;
  invalidate: (key: Key, options?: InvalidateOptions) => Promise<InvalidateResult>;
};

/** `purge`: older values are never served again. `expire`: older values are stale and may be served during a refresh. */
export type InvalidationMode = "purge" | "expire";

export type InvalidateTarget = {
  tags?: readonly string[];
  keys?: readonly { group: string; key: string }[];
  groups?: readonly string[];
  all?: boolean;
};

export type InvalidateOptions = {
  /** Default: `purge`. */
  mode?: InvalidationMode;
  /**
   * `local` (default): resolves when this node has applied the invalidation; the log carries it to the others. `fleet`:
   * resolves when no live node serves older values, or rejects with CACHE_INVALIDATION_UNCONFIRMED when that cannot be
   * confirmed in time. The invalidation stands either way.
   */
  wait?: "local" | "fleet";
};

/** `queued`: Redis refused; the targets bypass the cache on this node until a retry succeeds, and `epoch` is null. */
export type InvalidateResult = { status: "applied"; epoch: number } | { status: "queued"; epoch: null };

/** Binds invalidations to committed writes (rule C4). The cache owns this port; a database package implements it. */
export type OutboxPort<Db, Tx> = {
  /** Runs `work` in a transaction and stores the tags it touched in the same transaction. Resolves after the commit. */
  transact: <Result>(
    db: Db,
    work: (tx: Tx) => Promise<Result>,
    tagsTouched: () => { tags: readonly string[]; mode: InvalidationMode } | null,
  ) => Promise<{ result: Result; outboxId: string | null }>;
  /** Returns at most `limit` rows that are committed but not yet applied, oldest first. */
  pending: (limit: number) => Promise<OutboxRow[]>;
  /** Deletes rows that were applied. */
  settle: (ids: readonly string[]) => Promise<void>;
  /**
   * Calls back soon after rows were committed that no `transact` applies. May miss some and may call needlessly: rows are looked
   * for regularly anyway. Returns a function that stops it.
   */
  watch?: (onRows: () => void) => () => Promise<void>;
};
export type OutboxRow = { id: string; tags: string[]; mode: InvalidationMode };

/**
 * Runs `work` in a transaction and invalidates the tags it touched after the commit; never on a rollback. If the process
 * dies in between, another node applies them (rule C4). Resolves with what `work` returned.
 */
export type Mutate<Db, Tx> = <Result>(
  db: Db,
  work: (tx: Tx, touched: Touched) => Promise<Result>,
  options?: InvalidateOptions,
) => Promise<Result>;

/** A position in the log. Epochs of one incarnation are contiguous; epochs of two incarnations cannot be compared. */
export type LogPosition = { readonly incarnation: string; readonly epoch: number };

/** One entry of the log. Tags are shown as written; keys and groups as `key:group:…` and `group:…`. */
export type LogEntry = LogPosition & { readonly all: boolean; readonly tags: readonly string[] };

export type LogFollower = {
  /** Called once per entry, in log order, for this node's own entries too. Later reads on this node see the invalidation. */
  entered: (entry: LogEntry) => void;
  /** Called when the node starts following at this position: at the start, and after it has missed entries. */
  began: (position: LogPosition) => void;
};

export type CacheStats = {
  /** The latest invalidation that this node knows. */
  epoch: number;
  l1Entries: number;
  l1Bytes: number;
  /** Reads beyond L1 that are running. */
  inFlight: number;
  /**
   * State of the breaker in front of L2: `closed` is normal, `open` means that Redis fails and is bypassed, or that there is
   * no connection.
   */
  l2: "closed" | "open" | "half-open";
  /** False while the log is out of reach; L1 serves nothing then. */
  logConnected: boolean;
  /** Age of the last valid response of the log in ms; null when there is none. */
  logAgeMs: number | null;
  /** Why Redis is unreachable: the server's or system's message; null while Redis is reachable. */
  problem: string | null;
};

/** The cache of one feature: only its own tags compile. */
export type TaggedCache<Db, Tx, Family extends string, Row> = {
  /** As `Cache.define`. */
  define: <Key, Value>(definition: Definition<Key, Value, Tag<Family>>) => CacheGroup<Key, Value>;
  /** As `Cache.mutate`; `touched.row` derives the tags from the row. */
  mutate: <Result>(
    db: Db,
    work: (tx: Tx, touched: TouchedRows<Tag<Family>, Row>) => Promise<Result>,
    options?: InvalidateOptions,
  ) => Promise<Result>;
};

export type Cache<Db, Tx> = {
  /** @throws RangeError for a name, version or duration that is not valid, or a name that is defined already */
  define: <Key, Value>(definition: Definition<Key, Value>) => CacheGroup<Key, Value>;
  /** The same cache for a feature with tags of its own (`defineTags`). */
  withTags: <Family extends string, Row>(tags: TagSet<Family, Row>) => TaggedCache<Db, Tx, Family, Row>;
  invalidate: (target: InvalidateTarget, options?: InvalidateOptions) => Promise<InvalidateResult>;
  /**
   * Counts what invalidating the target would affect, without doing it. Exact for keys; otherwise a bounded scan of Redis
   * that reports its coverage.
   * @throws WeirError CACHE_UNAVAILABLE when Redis does not respond
   */
  preview: (target: InvalidateTarget, options?: PreviewOptions) => Promise<InvalidationPreview>;
  /**
   * Invalidates every entry whose `group:key` starts with the prefix, in bounded batches and on all nodes, as far as Redis
   * or this node's memory holds it, and deletes it from Redis. Done when `nextCursor` is null.
   * @throws WeirError CACHE_UNAVAILABLE, CURSOR_INVALID; the signal's reason on abort, after which the deletions so far stand
   */
  deletePrefix: (
    prefix: string,
    options?: DeletePrefixOptions & Pick<InvalidateOptions, "mode">,
  ) => Promise<DeletePrefixResult>;
  /** For the dashboard and the CLI. */
  readonly inspect: CacheInspection;
  /**
   * Loads what every fresh entry of this node's memory holds, compares, and returns the differences: entries that a write
   * changed without invalidating them. Finds none while no write runs. Only with the option `verify`.
   * @throws TypeError without the option `verify`
   */
  verify: () => Promise<Mismatch[]>;
  /** Rejects with a TypeError when the cache was created without an outbox. */
  mutate: Mutate<Db, Tx>;
  /** Reports every invalidation of the fleet, in the same order on all nodes. Returns a function that unsubscribes. */
  follow: (follower: LogFollower) => () => void;
  /** The newest log entries, oldest first, at most 10 000. Rejects while Redis is out of reach. */
  history: () => Promise<LogEntry[]>;
  /**
   * Resolves when the end of the log has been read; without Redis, after `readyMs`.
   * @throws MemoryPolicyError when Redis may evict what the cache must not lose; ClusterModeError when it is in cluster mode
   */
  ready: () => Promise<void>;
  stats: () => CacheStats;
  close: () => Promise<void>;
};
