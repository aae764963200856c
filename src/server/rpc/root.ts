import { accountRouter } from "../features/accounts/router";
import { auditRouter } from "../features/audit/router";
import { cityRouter } from "../features/cities/router";
import { countryRouter } from "../features/countries/router";
import { insightsRouter } from "../features/insights/router";
import { invalidationRouter } from "../features/invalidation/router";
import { peopleRouter } from "../features/people/router";
import { plansRouter } from "../features/plans/router";
import { traceRouter } from "../features/traces/router";
import { router } from "./procedures";

export const appRouter = router({
  account: accountRouter,
  audit: auditRouter,
  cache: invalidationRouter,
  city: cityRouter,
  country: countryRouter,
  insights: insightsRouter,
  people: peopleRouter,
  plans: plansRouter,
  traces: traceRouter,
});

/** All that a typed client needs to know. */
export type AppRouter = typeof appRouter;
