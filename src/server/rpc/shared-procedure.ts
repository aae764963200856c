import type { SharedCaching } from "@weir/trpc-node";
import { publicProcedure } from "./procedures";

const refuse = (): never => {
  throw new TypeError("A procedure with shared responses cannot read the session.");
};

/**
 * Open to everyone, and shared caches may keep its responses (decision 7). A response must be the same for all callers, so the
 * procedure gets no session.
 */
export const sharedProcedure = (shared: SharedCaching) =>
  publicProcedure
    .meta({ shared })
    .use(({ ctx, next }) =>
      next({ ctx: { services: ctx.services, session: refuse, sessionNow: refuse, setSessionToken: refuse } }),
    );
