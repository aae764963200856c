import { dashboardOperatorProcedure, dashboardViewerProcedure, router } from "@/server/rpc/procedures";

export const trafficRouter = router({
  /** Whether a run of sample traffic is possible on this node, and until when one is running. */
  status: dashboardViewerProcedure.query(({ ctx }) => ctx.services.traffic.status()),
  /** Sends a minute of sample calls to this node, from a process of its own. CONFLICT (`TRAFFIC_RUNNING`). */
  start: dashboardOperatorProcedure.mutation(({ ctx }) => ctx.services.traffic.start(ctx.actor)),
});
