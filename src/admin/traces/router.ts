import { traceInput, traceListInput, tracePinInput, traceReadersInput, traceRepeatsInput } from "./contract";
import { dashboardOperatorProcedure, router, dashboardViewerProcedure } from "@/server/rpc/procedures";

export const traceRouter = router({
  /** A page of the kept traces, newest or slowest first. */
  list: dashboardViewerProcedure.input(traceListInput).query(({ ctx, input }) => ctx.services.traces.list(input)),
  /** One request as a tree. NOT_FOUND (`TRACE_NOT_FOUND`). */
  get: dashboardViewerProcedure.input(traceInput).query(({ ctx, input }) => ctx.services.traces.get(input)),
  /** Statements that ran repeatedly in one request: the worst per procedure, with the fix. */
  repeats: dashboardViewerProcedure
    .input(traceRepeatsInput)
    .query(({ ctx, input }) => ctx.services.traces.repeats(input)),
  /** The procedures that read a cache group, from the newest traces of the range. */
  readers: dashboardViewerProcedure
    .input(traceReadersInput)
    .query(({ ctx, input }) => ctx.services.traces.readers(input)),
  /** The pinned traces. */
  pinned: dashboardViewerProcedure.query(({ ctx }) => ctx.services.traces.pinned()),
  /** Pins a trace, which keeps it until it is unpinned. CONFLICT (`TRACES_PINNED_FULL`). */
  pin: dashboardOperatorProcedure
    .input(tracePinInput)
    .mutation(({ ctx, input }) => ctx.services.traces.pin(input, ctx.actor)),
  unpin: dashboardOperatorProcedure
    .input(traceInput)
    .mutation(({ ctx, input }) => ctx.services.traces.unpin(input, ctx.actor)),
});
