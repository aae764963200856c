import { plansAdviceInput, plansAnalyzeInput, plansExplainInput, plansStatisticsInput } from "./contract";
import { dashboardOperatorProcedure, router, dashboardViewerProcedure } from "@/server/rpc/procedures";

export const plansRouter = router({
  /** How Postgres would run a statement, given by name and never as SQL. Runs nothing. */
  explain: dashboardOperatorProcedure
    .input(plansExplainInput)
    .query(({ ctx, input }) => ctx.services.plans.explain(input)),
  /** Runs a SELECT once with its last recorded values and measures each step. Recorded in the audit log. */
  analyze: dashboardOperatorProcedure
    .input(plansAnalyzeInput)
    .mutation(({ ctx, input }) => ctx.services.plans.analyze(input, ctx.actor)),
  /** Missing and unused indexes, each with the reason and the SQL to fix it. Changes nothing. */
  advice: dashboardViewerProcedure.input(plansAdviceInput).query(({ ctx, input }) => ctx.services.plans.advice(input)),
  /** The counts of `pg_stat_statements`, or how to enable it. */
  statistics: dashboardViewerProcedure
    .input(plansStatisticsInput)
    .query(({ ctx, input }) => ctx.services.plans.statistics(input)),
});
