import { cacheDeletePrefixInput } from "@/admin/keys/contract";
import { cacheInvalidateInput, cachePreviewInput } from "./contract";
import { dashboardOperatorProcedure, router, viewerProcedure } from "@/server/rpc/procedures";

export const invalidationRouter = router({
  /** How many entries an invalidation would reach. CACHE_UNAVAILABLE without Redis. */
  preview: viewerProcedure
    .input(cachePreviewInput)
    .query(({ ctx, input, signal }) => ctx.services.invalidation.preview(input, signal)),
  /** Invalidates on all nodes. CACHE_INVALIDATION_UNCONFIRMED when `wait: "fleet"` could not be seen in time. */
  invalidate: dashboardOperatorProcedure
    .input(cacheInvalidateInput)
    .mutation(({ ctx, input }) => ctx.services.invalidation.invalidate(input, ctx.actor)),
  /** Deletes what lies under a prefix of `group:key`, bounded in time and number; `nextCursor` goes on. */
  deletePrefix: dashboardOperatorProcedure
    .input(cacheDeletePrefixInput)
    .mutation(({ ctx, input, signal }) => ctx.services.invalidation.deletePrefix(input, ctx.actor, signal)),
});
