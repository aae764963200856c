export type * from "./inspect/types";
export { createCache } from "./create-cache";
export type { LogEntry, LogFollower, LogPosition } from "./log-followers";
export { CacheError, ClusterModeError, MemoryPolicyError } from "./errors";
export type { CacheOptions, CacheTechnique, CacheTimings } from "./options";
export type {
  Cache,
  CacheGroup,
  CacheStats,
  Definition,
  Duration,
  InvalidateOptions,
  InvalidateResult,
  InvalidateTarget,
  EntryRef,
  LiveEntry,
  LoadContext,
  OutboxPort,
  OutboxRow,
  ReadOptions,
  Touched,
} from "./types";
