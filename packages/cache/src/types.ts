import type { LogEntry, LogFollower } from "./log-followers";
import type {
  CacheInspection,
  DeletePrefixOptions,
  DeletePrefixResult,
  InvalidationPreview,
  PreviewOptions,
} from "./inspect/types";

/** `"250ms"`, `"10s"`, `"5m"`, `"1h"`, `"7d"`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

export type LoadContext = { signal: AbortSignal };

/** One group of cached values. Defined once, at boot. */
export type Definition<Key, Value> = {
  /** The group: metrics and dashboard show it; `feature.read`. */
  name: string;
  /** Entries of another version are never read. */
  version: number;
  key: (key: Key) => string;
  /** Tags of an entry; the value is null for a negative one. The key and the group are tags by themselves. */
  tags: (key: Key, value: Value | null) => readonly string[];
  /** Up to a tenth shorter or longer, so that what was loaded together does not end together. */
  freshFor: Duration;
  /** In addition to `freshFor`: how long an old value may be served while one reader refreshes it. */
  staleFor?: Duration;
  /** How long "does not exist" (null) is remembered. */
  negativeFor?: Duration;
  /**
   * Values that come from L2 must pass it, or they are a miss; it checks and changes nothing. For what an older build may
   * have stored under the same version. A zod schema will do.
   */
  schema?: { readonly safeParse: (value: unknown) => { readonly success: boolean } };
  /** `strict`: no L1 without a current log. `serveFor`: L1 may answer that long without it, outside rule C1. */
  outage?: "strict" | { serveFor: Duration };
  /** Inspection shows neither its values nor its keys, which it replaces by a hash; of its tags only the family. */
  isSensitive?: boolean;
  /**
   * null says that the value does not exist; undefined is refused. Readers get what JSON makes of the value, frozen.
   * The signal ends when the cache is closed.
   */
  load: (key: Key, context: LoadContext) => Promise<Value | null>;
  /** Loads many at once; what is absent from the map does not exist. */
  loadMany?: (keys: readonly Key[], context: LoadContext) => Promise<ReadonlyMap<Key, Value>>;
};

export type ReadOptions = {
  /** Asks the source itself and neither reads nor stores an entry. */
  bypass?: boolean;
};

/** One key of a group, for callers that ask for it again and again. */
export type EntryRef<Value> = {
  readonly group: string;
  /** As the group's `live` and `get` for this key. */
  readonly live: () => LiveEntry<Value> | undefined;
  readonly get: () => Promise<Value | null>;
};

/** A value that L1 holds, for callers that keep something made of it, such as a finished answer. */
export type LiveEntry<Value> = {
  readonly group: string;
  readonly value: Value;
  /**
   * True when a read now would be a fresh hit of L1 with this very value; it then counts as one. Once false, what was
   * made of the value is of no use any more. `startedAtMs`: when the read began, for who has looked at the clock anyway.
   */
  answers: (startedAtMs?: number) => boolean;
};

export type CacheGroup<Key, Value> = {
  readonly name: string;
  /**
   * The value, or null where nothing exists. Rejects when the load does, and with CACHE_LOAD_TIMEOUT at the deadline of
   * the request that asks; the load goes on then for whoever else waits.
   */
  get: (key: Key, options?: ReadOptions) => Promise<Value | null>;
  /** One entry per distinct key asked for, in that order; null where nothing exists. Rejects as `get` does. */
  getMany: (keys: readonly Key[]) => Promise<Map<Key, Value | null>>;
  /**
   * The fresh value that L1 holds now; undefined when it holds none, or "does not exist". Counts as no read.
   * @throws WeirError CACHE_READ_IN_MUTATION inside `mutate`
   */
  live: (key: Key) => LiveEntry<Value> | undefined;
  /** The key for whoever will read it again. Reads nothing. */
  entry: (key: Key) => EntryRef<Value>;
  /** What L1 would answer now, without loading or waiting; undefined when it cannot. */
  peek: (key: Key) => Value | null | undefined;
  invalidate: (key: Key, options?: InvalidateOptions) => Promise<InvalidateResult>;
};

export type InvalidateTarget = {
  tags?: readonly string[];
  keys?: readonly { group: string; key: string }[];
  groups?: readonly string[];
  all?: boolean;
};

export type InvalidateOptions = {
  /** `purge` (default): nothing older is ever served. `expire`: older values may be served while one reader refreshes. */
  mode?: "purge" | "expire";
  /**
   * `local` (default): this node applied it and the others will hear. `fleet`: no live node serves older values;
   * rejects with CACHE_INVALIDATION_UNCONFIRMED when that cannot be seen in time, though the invalidation stands.
   */
  wait?: "local" | "fleet";
};

/** `queued`: Redis refused it; its tags bypass the cache on this node until it is applied. `epoch` is null then. */
export type InvalidateResult = { status: "applied"; epoch: number } | { status: "queued"; epoch: null };

export type Touched = { tags: (...tags: string[]) => void };

/** What the cache needs of the database to bind an invalidation to a committed write (rule C4); `db/` implements it. */
export type OutboxPort<Db, Tx> = {
  /** Runs `work` in a transaction and stores the tags it touched in the same one. Resolves after the commit. */
  transact: <Result>(
    db: Db,
    work: (tx: Tx) => Promise<Result>,
    tagsTouched: () => { tags: readonly string[]; mode: "purge" | "expire" } | null,
  ) => Promise<{ result: Result; outboxId: string | null }>;
  /** Rows written but not yet applied, oldest first, at most `limit`. */
  pending: (limit: number) => Promise<OutboxRow[]>;
  /** Forgets rows that were applied. */
  settle: (ids: readonly string[]) => Promise<void>;
};
export type OutboxRow = { id: string; tags: string[]; mode: "purge" | "expire" };

export type Mutate<Db, Tx> = <Result>(
  db: Db,
  work: (tx: Tx, touched: Touched) => Promise<Result>,
  options?: InvalidateOptions,
) => Promise<Result>;

export type CacheStats = {
  /** The last invalidation this node has applied. */
  epoch: number;
  l1Entries: number;
  l1Bytes: number;
  inFlight: number;
  /** Of the shared tier: `closed` is the usual state, `open` means that Redis fails and is left alone. */
  l2: "closed" | "open" | "half-open";
  /** False while the log is out of reach: L1 answers nothing then. */
  logConnected: boolean;
  /** How old the last answer of the log is, in ms; null while there is none that counts. */
  logAgeMs: number | null;
};

export type Cache<Db, Tx> = {
  define: <Key, Value>(definition: Definition<Key, Value>) => CacheGroup<Key, Value>;
  invalidate: (target: InvalidateTarget, options?: InvalidateOptions) => Promise<InvalidateResult>;
  /**
   * What an invalidation of this target would hit now, without doing it: exact for keys, else counted by a bounded walk
   * through Redis that says how far it came.
   * @throws WeirError CACHE_UNAVAILABLE when Redis does not answer
   */
  preview: (target: InvalidateTarget, options?: PreviewOptions) => Promise<InvalidationPreview>;
  /**
   * Invalidates, in bounded batches and on all nodes, every entry whose `group:key` begins with the prefix, as far as
   * Redis or this node's memory holds it, and removes it from Redis. It is done when `nextCursor` is null.
   * @throws WeirError CACHE_UNAVAILABLE, CURSOR_INVALID; the signal's reason when it is aborted, with what was deleted until then deleted
   */
  deletePrefix: (
    prefix: string,
    options?: DeletePrefixOptions & Pick<InvalidateOptions, "mode">,
  ) => Promise<DeletePrefixResult>;
  /** For the dashboard and the CLI. */
  readonly inspect: CacheInspection;
  /** Refuses with an error when the cache was made without an outbox. */
  mutate: Mutate<Db, Tx>;
  /** Tells of every invalidation in the fleet, in one order on all nodes. Returns the function that ends it. */
  follow: (follower: LogFollower) => () => void;
  /** The newest entries of the log, oldest first, at most 10 000; rejects while Redis is out of reach. */
  history: () => Promise<LogEntry[]>;
  /**
   * Resolves when the tip of the log has been read; without Redis it resolves after its deadline.
   * @throws MemoryPolicyError when Redis may evict what the cache must not lose; ClusterModeError when it is in cluster mode
   */
  ready: () => Promise<void>;
  stats: () => CacheStats;
  close: () => Promise<void>;
};
