import type { SharedCaching } from "@weir/trpc-node";
import { publicProcedure } from "./procedures";

const refuse = (): never => {
  throw new TypeError("A procedure whose answers are shared may not ask who calls.");
};

/**
 * Open to everybody, and its answers may be kept by caches that many clients share: decision 7. What it answers must be the
 * same for all, so it is handed no session.
 */
export const sharedProcedure = (shared: SharedCaching) =>
  publicProcedure
    .meta({ shared })
    .use(({ ctx, next }) =>
      next({ ctx: { services: ctx.services, session: refuse, sessionNow: refuse, setSessionToken: refuse } }),
    );
