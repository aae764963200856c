/**
 * Redis may evict any key under this policy, also the clock and the marks, and an old value would then pass for valid.
 * Any `volatile-*` policy or `noeviction` will do.
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

export const mayEvictAnything = (policy: string): boolean => policy.startsWith("allkeys-");
