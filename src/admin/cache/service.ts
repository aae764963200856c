import type { Cache, InvalidateTarget, InvalidationPreview } from "@weir/cache";
import type { Db, Tx } from "@weir/postgres";
import type { AuditFacts } from "@/admin/audit/contract/entries";
import type { Authority } from "@/server/auth/authority";
import type { CacheDeletePrefixInput, CachePrefixDeleted } from "@/admin/keys/contract";
import type { Actor } from "@/server/auth/session";
import type { CacheInvalidated, CacheInvalidateInput, CachePreview, CachePreviewInput } from "./contract";

export type InvalidationService = ReturnType<typeof createInvalidationService>;

function targetOf({ tags, keys, groups, all }: CachePreviewInput): InvalidateTarget {
  return { tags: tags ?? [], keys: keys ?? [], groups: groups ?? [], all: all === true };
}

function describe({ tags, keys, groups, all }: CachePreviewInput): AuditFacts {
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(keys === undefined ? {} : { keys: keys.map(({ group, key }) => `${group} ${key}`) }),
    ...(groups === undefined ? {} : { groups }),
    ...(all === undefined ? {} : { all }),
  };
}

const toCachePreview = ({ estimate, isExact, byGroup, scanned, total }: InvalidationPreview): CachePreview => ({
  entries: estimate,
  isExact,
  byGroup: [...byGroup],
  coverage: { scanned, total },
});

/** Keeps one call well below the time limit of calls; the next call continues. */
const deletionBounds = { maxKeys: 200_000, maxMs: 4000 };

/** Manual invalidation of the cache. */
export function createInvalidationService(tools: { cache: Cache<Db, Tx>; authority: Authority }) {
  const { cache, authority } = tools;
  return {
    preview: async (input: CachePreviewInput, signal?: AbortSignal): Promise<CachePreview> =>
      toCachePreview(await cache.preview(targetOf(input), signal === undefined ? {} : { signal })),

    previewPrefix: async (prefix: string, signal?: AbortSignal): Promise<CachePreview> =>
      toCachePreview(await cache.inspect.prefix(prefix, signal === undefined ? {} : { signal })),

    /**
     * The audit entry is written first: an invalidation cannot be undone, and must not happen unrecorded. The entry states
     * the request; the response states whether Redis applied it at once.
     */
    invalidate: async (input: CacheInvalidateInput, actor: Actor): Promise<CacheInvalidated> => {
      const { mode, wait } = input;
      await authority.permit(actor, {
        action: "cache.invalidate",
        subject: "cache",
        after: { ...describe(input), mode, wait },
      });
      return cache.invalidate(targetOf(input), { mode, wait });
    },

    /** Recorded first, as above; one entry for each call of a deletion. */
    deletePrefix: async (
      { prefix, mode, cursor }: CacheDeletePrefixInput,
      actor: Actor,
      signal?: AbortSignal,
    ): Promise<CachePrefixDeleted> => {
      await authority.permit(actor, { action: "cache.deletePrefix", subject: "cache", after: { prefix, mode } });
      const { deleted, epoch, nextCursor, scanned, total, isComplete } = await cache.deletePrefix(prefix, {
        ...deletionBounds,
        mode,
        ...(cursor === null || cursor === undefined ? {} : { cursor }),
        ...(signal === undefined ? {} : { signal }),
      });
      return { deleted, epoch, nextCursor, coverage: { scanned, total, isComplete } };
    },
  };
}
