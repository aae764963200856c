import { cacheKeyInput, cacheKeysInput, hotKeysInput } from "@/admin/keys/contract";
import { insightsOverviewInput } from "./contract/overview";
import { insightsLiveInput } from "./contract/live";
import { insightsPeriodInput } from "./contract/nodes";
import { insightsSeriesInput, insightsStatementInput } from "./contract/series";
import { tableInputs } from "./contract/tables";
import { router, dashboardViewerProcedure } from "@/server/rpc/procedures";
import { openStream } from "@/server/rpc/stream";

export const insightsRouter = router({
  /** The environment of the responding node. */
  environment: dashboardViewerProcedure.query(({ ctx }) => ctx.services.insights.environment()),
  /** The nodes that report, and the stores of the responding node that are degraded or down. */
  status: dashboardViewerProcedure.query(({ ctx }) => ctx.services.insights.status()),
  /** Verdicts, hit rate, outcomes over time, procedures and statements with their timings, merged over all nodes. */
  overview: dashboardViewerProcedure
    .input(insightsOverviewInput)
    .query(({ ctx, input }) => ctx.services.insights.overview(input)),
  /** Up to ten series over time, and a heat map of one. */
  series: dashboardViewerProcedure
    .input(insightsSeriesInput)
    .query(({ ctx, input }) => ctx.services.insights.series(input)),
  /** A page of procedures with their cost per call. */
  procedures: dashboardViewerProcedure
    .input(tableInputs.procedures)
    .query(({ ctx, input }) => ctx.services.insights.table("procedures", input)),
  /** A page of statements with their waits and callers. */
  statements: dashboardViewerProcedure
    .input(tableInputs.statements)
    .query(({ ctx, input }) => ctx.services.insights.table("statements", input)),
  /** One statement: text, histogram, callers, trend. NOT_FOUND (`STATEMENT_UNKNOWN`). */
  statement: dashboardViewerProcedure
    .input(insightsStatementInput)
    .query(({ ctx, input }) => ctx.services.insights.statement(input)),
  /** Reads and loads of each cache group. */
  groups: dashboardViewerProcedure
    .input(tableInputs.groups)
    .query(({ ctx, input }) => ctx.services.insights.table("groups", input)),
  /** The same by tag family, `order:*`, with the most read tags. */
  tags: dashboardViewerProcedure
    .input(tableInputs.tags)
    .query(({ ctx, input }) => ctx.services.insights.table("tags", input)),
  /** Redis commands by connection, and breakers. */
  redis: dashboardViewerProcedure
    .input(tableInputs.redis)
    .query(({ ctx, input }) => ctx.services.insights.table("redis", input)),
  /** The database pool: usage, queue and waits. */
  pool: dashboardViewerProcedure
    .input(insightsPeriodInput)
    .query(({ ctx, input }) => ctx.services.insights.pool(input)),
  /** The nodes with their last reports. */
  nodes: dashboardViewerProcedure.query(({ ctx }) => ctx.services.insights.nodes()),
  /** What telemetry costs, misses and stores. */
  observer: dashboardViewerProcedure
    .input(insightsPeriodInput)
    .query(({ ctx, input }) => ctx.services.insights.observer(input)),
  /** The groups: their definitions, and what Redis and this node's memory hold. CACHE_UNAVAILABLE without Redis. */
  cacheGroups: dashboardViewerProcedure.query(({ ctx }) => ctx.services.inspection.groups()),
  /** Tags by family, `order:*`, with their busiest members. */
  cacheTags: dashboardViewerProcedure.query(({ ctx }) => ctx.services.inspection.tags()),
  /** A page of entries in Redis whose `group:key` begins with the prefix, and how much was scanned. */
  cacheKeys: dashboardViewerProcedure
    .input(cacheKeysInput)
    .query(({ ctx, input, signal }) => ctx.services.inspection.keys(input, signal)),
  /** One key: times, tags, and whether it would be served or why not. NOT_FOUND (`CACHE_GROUP_UNKNOWN`). */
  cacheKey: dashboardViewerProcedure.input(cacheKeyInput).query(({ ctx, input }) => ctx.services.inspection.key(input)),
  /** The most read keys of the last minute, merged over the nodes. */
  hotKeys: dashboardViewerProcedure
    .input(hotKeysInput)
    .query(({ ctx, input }) => ctx.services.inspection.hotKeys(input)),
  /** Streams the responses of the procedures above that a page shows, as they change. TOO_MANY_REQUESTS (`STREAMS_EXHAUSTED`). */
  live: dashboardViewerProcedure.input(insightsLiveInput).subscription(({ ctx, input, signal }) =>
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
