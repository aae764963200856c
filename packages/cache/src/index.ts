export { CacheError, ClusterModeError, MemoryPolicyError } from "./contract/errors";
export type {
  CacheInspection,
  Coverage,
  DeletePrefixOptions,
  DeletePrefixResult,
  EntryStatus,
  GroupSummaries,
  HotKeyReport,
  InvalidationPreview,
  KeyDetail,
  KeysPage,
  PreviewOptions,
  Reason,
  ScanOptions,
  ServerInfo,
  TagSummaries,
} from "./contract/inspection";
export type { Json } from "./contract/json";
export { defineTags, type Tag, type TagSet, type Touched, type TouchedRows } from "./contract/tags";
export type {
  Cache,
  CacheGroup,
  CacheStats,
  Definition,
  Duration,
  EntryRef,
  InvalidateOptions,
  InvalidateResult,
  InvalidateTarget,
  InvalidationMode,
  LiveEntry,
  LoadContext,
  LogEntry,
  LogFollower,
  LogPosition,
  OutboxPort,
  OutboxRow,
  ReadOptions,
  TaggedCache,
} from "./contract/types";
export { type CacheWarning, describeWarning, type Mismatch } from "./contract/warnings";
export { createCache } from "./create-cache";
export type { CacheOptions, CacheTechnique, CacheTimings } from "./options";
