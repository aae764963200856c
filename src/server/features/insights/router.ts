import { insightsOverviewInput } from "@/contracts/insights";
import { loopbackProcedure, router } from "../../rpc/procedures";

export const insightsRouter = router({
  /** Hit rate, outcomes over time, procedures and statements with their timings, merged over all nodes. */
  overview: loopbackProcedure
    .input(insightsOverviewInput)
    .query(({ ctx, input }) => ctx.services.insights.overview(input)),
});
