import { defineFeatureServer, type FeatureTools } from "@/server/rpc/feature-server";
import { cityCommand, importCommand } from "./cli";
import { createCountryRouter } from "./country/router";
import { createCountryService } from "./country/service";
import { importCities } from "./import";
import { createCityRouter } from "./router";
import { createCityService } from "./service";

const typed = [
  "san",
  "par",
  "lon",
  "ber",
  "new y",
  "tok",
  "del",
  "mad",
  "rom",
  "vie",
  "ams",
  "lis",
  "osl",
  "praha",
] as const;
const codes = ["DE", "FR", "US", "JP", "IN", "BR", "IT", "ES", "PL", "SE"] as const;
/** Paris, London, Berlin, Tokyo, Madrid, Rome: IDs of GeoNames. */
const wellKnown = [2988507, 2643743, 2950159, 1850147, 3117735, 3169070] as const;
const places = [
  { lat: 48.85, lon: 2.35 },
  { lat: 51.51, lon: -0.13 },
  { lat: 35.69, lon: 139.69 },
  { lat: 40.71, lon: -74.01 },
] as const;
/** The first ones most often. */
const pick = <Value>(values: readonly Value[], random: () => number): Value | undefined =>
  values[Math.floor(values.length * random() ** 2)];

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
  samples: [
    // A few names are asked for far more often than the others, as are the places that people live in.
    { procedure: "city.search", weight: 5, input: (random) => ({ q: pick(typed, random) }) },
    { procedure: "city.nearby", weight: 3, input: (random) => pick(places, random) },
    { procedure: "city.byId", weight: 3, input: (random) => ({ id: pick(wellKnown, random) }) },
    { procedure: "city.list", weight: 1, input: (random) => ({ country: pick(codes, random) }) },
    { procedure: "country.stats", weight: 2, input: (random) => ({ code: pick(codes, random) }) },
    { procedure: "country.list", weight: 1, input: () => undefined },
  ],
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
