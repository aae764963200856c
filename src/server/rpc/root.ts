import { accountRouter } from "@/admin/account/router";
import { auditRouter } from "@/admin/audit/router";
import { insightsRouter } from "@/admin/insights/router";
import { invalidationRouter } from "@/admin/cache/router";
import { usersRouter } from "@/admin/users/router";
import { plansRouter } from "@/admin/queries/router";
import { traceRouter } from "@/admin/traces/router";
import type { BundledFeatures } from "../features";
import type { FeatureRouters, FeatureServers, RoutersOf } from "./feature-server";
import { router } from "./procedures";

/** The procedures of the platform, with those of the features beside them. */
export function createRootRouter<Routers extends FeatureRouters>(routers: Routers) {
  return router({
    account: accountRouter,
    audit: auditRouter,
    cache: invalidationRouter,
    insights: insightsRouter,
    users: usersRouter,
    plans: plansRouter,
    traces: traceRouter,
    ...routers,
  });
}

/** The router with the procedures of these features. */
export type RouterOf<Servers extends FeatureServers> = ReturnType<typeof createRootRouter<RoutersOf<Servers>>>;

/** The type that a typed client needs. */
export type AppRouter = RouterOf<BundledFeatures>;
