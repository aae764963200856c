import { defineErrors } from "@weir/core/errors";

/** The errors that the cache throws to its callers. Each carries its `code`, a message that is safe to show, and its cause. */
export const CacheError = defineErrors({
  CACHE_LOAD_TIMEOUT: {
    rpcCode: "GATEWAY_TIMEOUT",
    message: "The value did not load in time.",
    when: "A read waited for a load until the deadline of its call. The load continues for other waiters, and its value is cached.",
    fix: "Retry with backoff; the value may be there by then. Look up the group's load times on the dashboard.",
  },
  CACHE_VALUE_UNDEFINED: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "A cache load returned undefined. Return null for a value that does not exist.",
    when: "A defect in the `load` of a cache definition.",
    fix: "Return `null` there.",
  },
  CACHE_INVALIDATION_UNCONFIRMED: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The invalidation was not confirmed in time.",
    when: 'With `wait: "fleet"`, a node has not confirmed the invalidation. The write it belongs to is committed, and the invalidation is not lost.',
    fix: "Do not repeat the write. Other nodes apply the invalidation when the log reaches them.",
  },
  CACHE_UNAVAILABLE: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "The shared tier of the cache is not responding. Reads continue without it; try again shortly.",
    when: "A cache inspection or an invalidation preview was requested while the Redis of the cache was unavailable.",
    fix: "Retry with backoff. Check `REDIS_URL` and the server.",
  },
  CACHE_GROUP_UNKNOWN: {
    rpcCode: "NOT_FOUND",
    message: "No cache group with this name exists.",
    when: "An inspection named a group that this version of the application does not define.",
    fix: "Take a name from `insights.cacheGroups` or `npm run weir -- cache inspect groups`.",
  },
  CACHE_READ_IN_MUTATION: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "A cached read ran inside mutate(). Read through its transaction instead.",
    when: "A defect: inside `mutate()`, a cached value may be older than what the transaction has written.",
    fix: "Read through `tx`.",
  },
});

/**
 * Redis runs with an `allkeys-*` policy and may evict any key, including the clock and the marks: an old value would then
 * pass for valid. Any `volatile-*` policy or `noeviction` works.
 */
export class MemoryPolicyError extends Error {
  override readonly name = "MemoryPolicyError";
  readonly policy: string;

  constructor(policy: string) {
    super(
      `Redis runs with maxmemory-policy ${policy}, which may evict the cache's clock and marks: old values would come back. ` +
        "Set a volatile-* policy (volatile-lfu) or noeviction.",
    );
    this.policy = policy;
  }
}

/**
 * Redis runs in cluster mode. A cluster accepts a script or an MGET only for keys of one slot, and the cache reads keys of
 * many slots together: every read would fail and fall through to the database (docs/decisions/0033-one-primary.md).
 */
export class ClusterModeError extends Error {
  override readonly name = "ClusterModeError";

  constructor() {
    super(
      "Redis runs in cluster mode (cluster_enabled:1), where the cache's reads would be refused. " +
        "Set REDIS_URL to one primary without cluster mode; replicas beside it are fine.",
    );
  }
}
