import { cacheDeletePrefixInput, cachePreviewPrefixInput } from "@/admin/keys/contract";
import { dashboardOperatorProcedure, router, dashboardViewerProcedure } from "@/server/rpc/procedures";
import { cacheInvalidateInput, cachePreviewInput } from "./contract";

export const invalidationRouter = router({
  /** How many entries an invalidation would affect. CACHE_UNAVAILABLE without Redis. */
  preview: dashboardViewerProcedure
    .input(cachePreviewInput)
    .query(({ ctx, input, signal }) => ctx.services.invalidation.preview(input, signal)),
  /** Invalidates on all nodes. CACHE_INVALIDATION_UNCONFIRMED if `wait: "fleet"` is not confirmed in time. */
  invalidate: dashboardOperatorProcedure
    .input(cacheInvalidateInput)
    .mutation(({ ctx, input }) => ctx.services.invalidation.invalidate(input, ctx.actor)),
  /** How many entries in Redis `deletePrefix` would delete. CACHE_UNAVAILABLE without Redis. */
  previewPrefix: dashboardViewerProcedure
    .input(cachePreviewPrefixInput)
    .query(({ ctx, input, signal }) => ctx.services.invalidation.previewPrefix(input.prefix, signal)),
  /** Deletes the entries under a prefix of `group:key`, bounded in time and number; continue with `nextCursor`. */
  deletePrefix: dashboardOperatorProcedure
    .input(cacheDeletePrefixInput)
    .mutation(({ ctx, input, signal }) => ctx.services.invalidation.deletePrefix(input, ctx.actor, signal)),
});
