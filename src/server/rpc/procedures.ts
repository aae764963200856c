import { WeirError } from "@/shared/errors";
import { t } from "./init";
import { observe } from "./middleware/observe";

/** Open to everybody. */
export const publicProcedure = t.procedure.use(observe(null));

/**
 * Only for clients on the same machine that come without a proxy, and for this program itself. Recorded as the
 * dashboard's own traffic (rule T3).
 */
export const loopbackProcedure = t.procedure.use(observe("admin")).use(({ ctx, next }) => {
  if (ctx.client.kind === "http" && !ctx.client.isLoopback) throw new WeirError("LOOPBACK_ONLY");
  return next();
});

/** Only for this program itself: CLI, jobs, tests. */
export const internalProcedure = publicProcedure.use(({ ctx, next }) => {
  if (ctx.client.kind !== "internal") throw new WeirError("INTERNAL_ONLY");
  return next();
});

export const router = t.router;
