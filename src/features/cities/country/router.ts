import { countryStatsInput } from "../contract";
import { CityError } from "../errors";
import { fromEntry } from "@weir/trpc-node";
import type { CountryService } from "./service";
import { publicProcedure, router } from "@/server/rpc/procedures";

const countryNotFound = (): Error => new CityError("COUNTRY_NOT_FOUND");

/** `country.*`. */
export function createCountryRouter(countries: CountryService) {
  return router({
    /** Every country that has a city, by name. */
    list: publicProcedure.query(() => fromEntry(countries.entries.list(), () => countries.list())),
    /** A country's statistics. NOT_FOUND (`COUNTRY_NOT_FOUND`) when no country has the code. */
    stats: publicProcedure
      .input(countryStatsInput)
      .query(({ input: { code } }) =>
        fromEntry(countries.entries.stats(code), () => countries.stats(code), countryNotFound),
      ),
  });
}
