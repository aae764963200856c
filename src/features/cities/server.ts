import { defineFeatureServer, type FeatureTools } from "@/server/rpc/feature-server";
import { cityCommand, importCommand } from "./cli";
import { createCountryRouter } from "./country/router";
import { createCountryService } from "./country/service";
import { importCities } from "./import";
import { createCityRouter } from "./router";
import { createCityService } from "./service";

function open({ db, cache, audit }: FeatureTools) {
  const service = { ...createCityService({ db, cache, audit }), countries: createCountryService({ db, cache }) };
  return { service, routers: { city: createCityRouter(service), country: createCountryRouter(service.countries) } };
}

export const server = defineFeatureServer({
  open,
  access: {
    "city.byId": "everyone",
    "city.byIds": "everyone",
    "city.search": "everyone",
    "city.nearby": "everyone",
    "city.list": "everyone",
    "city.changes": "everyone",
    "city.update": "operator",
    "country.list": "everyone",
    "country.stats": "everyone",
  },
  migrations: "src/features/cities/migrations",
  streams: { "city.changes": { perClient: 20, perNode: 2_000 } },
  start: async ({ database, seeds, showProgress }) => {
    if (!seeds) return;
    const progress = showProgress("Cities");
    await importCities(database, { onProgress: progress.update }).finally(progress.end);
  },
  commands: [importCommand, cityCommand],
  checks: [
    {
      name: "cities",
      run: async ({ countries }) => {
        const { items } = await countries.list();
        if (items.length === 0) throw new Error("No cities found. Import them with: npm run weir -- import");
        return `${items.length} countries`;
      },
    },
  ],
});
