import { cityRouter } from "../features/cities/router";
import { countryRouter } from "../features/countries/router";
import { insightsRouter } from "../features/insights/router";
import { router } from "./procedures";

export const appRouter = router({
  city: cityRouter,
  country: countryRouter,
  insights: insightsRouter,
});

/** All that a typed client needs to know. */
export type AppRouter = typeof appRouter;
