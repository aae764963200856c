import { countryStatsInput } from "./contract";
import { CityError } from "../errors";
import { fromEntry } from "@weir/trpc-node";
import { publicProcedure, router } from "@/server/rpc/procedures";

const countryNotFound = (): Error => new CityError("COUNTRY_NOT_FOUND");

export const countryRouter = router({
  /** Every country that has a city, by name. */
  list: publicProcedure.query(({ ctx: { services } }) =>
    fromEntry(services.countries.entries.list(), () => services.countries.list()),
  ),
  /** A country's figures. NOT_FOUND (`COUNTRY_NOT_FOUND`) when no country has the code. */
  stats: publicProcedure
    .input(countryStatsInput)
    .query(({ ctx: { services }, input: { code } }) =>
      fromEntry(services.countries.entries.stats(code), () => services.countries.stats(code), countryNotFound),
    ),
});
