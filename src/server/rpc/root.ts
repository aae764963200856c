import { accountRouter } from "@/admin/account/router";
import { auditRouter } from "@/admin/audit/router";
import { cityRouter } from "@/features/cities/router";
import { countryRouter } from "@/features/cities/country/router";
import { insightsRouter } from "@/admin/insights/router";
import { invalidationRouter } from "@/admin/cache/router";
import { usersRouter } from "@/admin/users/router";
import { plansRouter } from "@/admin/queries/router";
import { traceRouter } from "@/admin/traces/router";
import { router } from "./procedures";

export const appRouter = router({
  account: accountRouter,
  audit: auditRouter,
  cache: invalidationRouter,
  city: cityRouter,
  country: countryRouter,
  insights: insightsRouter,
  users: usersRouter,
  plans: plansRouter,
  traces: traceRouter,
});

/** All that a typed client needs to know. */
export type AppRouter = typeof appRouter;
