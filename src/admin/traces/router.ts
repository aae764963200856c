import { traceInput, traceListInput, tracePinInput, traceRepeatsInput } from "./contract";
import { dashboardOperatorProcedure, router, viewerProcedure } from "@/server/rpc/procedures";

export const traceRouter = router({
  /** A page of what is kept, newest or slowest first. */
  list: viewerProcedure.input(traceListInput).query(({ ctx, input }) => ctx.services.traces.list(input)),
  /** One request as a tree. NOT_FOUND (`TRACE_NOT_FOUND`). */
  get: viewerProcedure.input(traceInput).query(({ ctx, input }) => ctx.services.traces.get(input)),
  /** Statements that ran again and again in one request: the worst per procedure, with the cure. */
  repeats: viewerProcedure.input(traceRepeatsInput).query(({ ctx, input }) => ctx.services.traces.repeats(input)),
  /** Those that stay. */
  pinned: viewerProcedure.query(({ ctx }) => ctx.services.traces.pinned()),
  /** Keeps one until it is unpinned. CONFLICT (`TRACES_PINNED_FULL`). */
  pin: dashboardOperatorProcedure
    .input(tracePinInput)
    .mutation(({ ctx, input }) => ctx.services.traces.pin(input, ctx.actor)),
  unpin: dashboardOperatorProcedure
    .input(traceInput)
    .mutation(({ ctx, input }) => ctx.services.traces.unpin(input, ctx.actor)),
});
