/**
 * A Redis Cluster takes one script or MGET for keys of one slot only. What reads ask for in one go, and the clock beside it,
 * lies in many: every read would fail and go to the database (docs/decisions/0033-one-primary.md).
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
