import { plansAdviceInput, plansAnalyzeInput, plansExplainInput, plansStatisticsInput } from "./contract";
import { dashboardOperatorProcedure, router, viewerProcedure } from "@/server/rpc/procedures";

export const plansRouter = router({
  /** How Postgres would run a statement, which is named and never sent. Runs nothing. */
  explain: dashboardOperatorProcedure
    .input(plansExplainInput)
    .query(({ ctx, input }) => ctx.services.plans.explain(input)),
  /** Runs a SELECT once, with the values that were last sent with it, and says what took how long. Recorded. */
  analyze: dashboardOperatorProcedure
    .input(plansAnalyzeInput)
    .mutation(({ ctx, input }) => ctx.services.plans.analyze(input, ctx.actor)),
  /** Indexes that are missing or spare, each with its reason and its cure. Changes nothing. */
  advice: viewerProcedure.input(plansAdviceInput).query(({ ctx, input }) => ctx.services.plans.advice(input)),
  /** What `pg_stat_statements` has counted, or how to have it count. */
  statistics: viewerProcedure
    .input(plansStatisticsInput)
    .query(({ ctx, input }) => ctx.services.plans.statistics(input)),
});
