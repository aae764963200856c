import type { CityService } from "../features/cities/service";
import type { CountryService } from "../features/countries/service";
import type { InsightsService } from "../features/insights/service";

/** One service per feature; the runtime makes them once. */
export type Services = {
  cities: CityService;
  countries: CountryService;
  insights: InsightsService;
};

/** Who calls: a client over HTTP, or this program itself (CLI, tests, jobs). */
export type Client = { kind: "http"; address: string; isLoopback: boolean } | { kind: "internal" };

/** What every procedure is handed. */
export type Context = { services: Services; client: Client };
