import { cacheKeyInput, cacheKeysInput, hotKeysInput } from "@/contracts/cache-inspection";
import { insightsOverviewInput } from "@/contracts/insights";
import { insightsLiveInput } from "@/contracts/insights-live";
import { router, viewerProcedure } from "../../rpc/procedures";
import { openStream } from "../../rpc/stream";

export const insightsRouter = router({
  /** Where one is, told by the node that answers. */
  environment: viewerProcedure.query(({ ctx }) => ctx.services.insights.environment()),
  /** Hit rate, outcomes over time, procedures and statements with their timings, merged over all nodes. */
  overview: viewerProcedure
    .input(insightsOverviewInput)
    .query(({ ctx, input }) => ctx.services.insights.overview(input)),
  /** The groups: what they are, and what Redis and this node's memory hold of them. CACHE_UNAVAILABLE without Redis. */
  cacheGroups: viewerProcedure.query(({ ctx }) => ctx.services.inspection.groups()),
  /** Tags by family, `city:*`, with their busiest members. */
  cacheTags: viewerProcedure.query(({ ctx }) => ctx.services.inspection.tags()),
  /** A page of entries in Redis whose `group:key` begins with the prefix, and how far the look came. */
  cacheKeys: viewerProcedure
    .input(cacheKeysInput)
    .query(({ ctx, input, signal }) => ctx.services.inspection.keys(input, signal)),
  /** One key: times, tags, whether it would be served and why not. NOT_FOUND (`CACHE_GROUP_UNKNOWN`). */
  cacheKey: viewerProcedure.input(cacheKeyInput).query(({ ctx, input }) => ctx.services.inspection.key(input)),
  /** The most read keys of the last minute, merged over the nodes. */
  hotKeys: viewerProcedure.input(hotKeysInput).query(({ ctx, input }) => ctx.services.inspection.hotKeys(input)),
  /** The same, as it changes; resumed by `lastEventId`. TOO_MANY_REQUESTS (`STREAMS_EXHAUSTED`). */
  live: viewerProcedure.input(insightsLiveInput).subscription(({ ctx, input, signal }) =>
    openStream({
      kind: "insights.live",
      ctx,
      left: signal,
      client: ctx.actor.id ?? "internal",
      mayStay: ctx.mayStay,
      events: (until) => ctx.services.insights.live(input, until),
    }),
  ),
});
