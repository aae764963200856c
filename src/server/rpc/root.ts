import { accountRouter } from "@/admin/account/router";
import { auditRouter } from "@/admin/audit/router";
import { insightsRouter } from "@/admin/insights/router";
import { invalidationRouter } from "@/admin/cache/router";
import { usersRouter } from "@/admin/users/router";
import { plansRouter } from "@/admin/queries/router";
import { trafficRouter } from "@/admin/traffic/router";
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
    traffic: trafficRouter,
    ...routers,
  });
}

/** The router with the procedures of these features. */
export type RouterOf<Servers extends FeatureServers> = ReturnType<typeof createRootRouter<RoutersOf<Servers>>>;

/** The type that a typed client needs. */
export type AppRouter = RouterOf<BundledFeatures>;

/**
 * Throws a TypeError for a feature called as a service of the platform, and for a router that exists already: either would
 * take the place of the other, such as of the accounts that verify sessions.
 */
export function refuseTakenNames(
  platform: readonly string[],
  features: readonly { name: string; routers: Readonly<Record<string, unknown>> }[],
): void {
  const services = new Set(platform);
  const routers = new Set<string>(Object.keys(createRootRouter({})._def.record));
  for (const feature of features) {
    if (services.has(feature.name)) throw new TypeError(`A feature cannot be called ${feature.name}: the platform is.`);
    for (const name of Object.keys(feature.routers)) {
      if (routers.has(name))
        throw new TypeError(`The feature ${feature.name} has a router ${name}, which exists already.`);
      routers.add(name);
    }
  }
}
