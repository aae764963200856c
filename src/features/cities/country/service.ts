import type { CountryListResult, CountryStats } from "../contract";
import type { Cache } from "@weir/cache";
import type { Db, Tx } from "@weir/postgres";
import { countryTags } from "./keys";
import { createCountryQueries } from "./queries";
import { CityError } from "../errors";

export type CountryService = ReturnType<typeof createCountryService>;

/** Cached reads of countries. */
export function createCountryService({ db, cache: shared }: { db: Db; cache: Cache<Db, Tx> }) {
  const queries = createCountryQueries(db);
  const cache = shared.withTags(countryTags);
  const { tag } = countryTags;

  const list = cache.define<"all", CountryListResult>({
    name: "country.list",
    version: 1,
    key: (key) => key,
    tags: () => [tag.countries("all"), tag.countries("imported")],
    freshFor: "1h",
    staleFor: "1d",
    load: async () => ({ items: await queries.list() }),
  });

  const stats = cache.define<string, CountryStats>({
    name: "country.stats",
    version: 1,
    key: (code) => code,
    tags: (code) => [tag.country(code), tag.countries("imported")],
    freshFor: "15m",
    staleFor: "1h",
    negativeFor: "30s",
    load: async (code) => {
      const country = await queries.byCode(code);
      if (country === null) return null;
      const [figures, largest] = await Promise.all([queries.stats(code), queries.largest(code, 10)]);
      const first = largest[0];
      const share =
        first === undefined || figures.totalPopulation === 0 ? null : first.population / figures.totalPopulation;
      return { ...country, ...figures, largestShare: share, largest };
    },
  });

  return {
    list: async (): Promise<CountryListResult> => (await list.get("all")) ?? { items: [] },

    stats: async (code: string): Promise<CountryStats> => {
      const figures = await stats.get(code);
      if (figures === null) throw new CityError("COUNTRY_NOT_FOUND");
      return figures;
    },

    /** The cache entries that these reads return unchanged. */
    entries: {
      list: () => list.entry("all"),
      stats: stats.entry,
    },
  };
}
