import { countryStatsInput } from "@/contracts/country";
import { fromMemory } from "../../rpc/from-memory";
import { publicProcedure, router } from "../../rpc/procedures";

export const countryRouter = router({
  /** Every country that has a city, by name. */
  list: publicProcedure.query(
    ({ ctx: { services } }) => fromMemory(services.countries.live.list()) ?? services.countries.list(),
  ),
  /** A country's figures. NOT_FOUND (`COUNTRY_NOT_FOUND`) when no country has the code. */
  stats: publicProcedure
    .input(countryStatsInput)
    .query(
      ({ ctx: { services }, input }) =>
        fromMemory(services.countries.live.stats(input.code)) ?? services.countries.stats(input.code),
    ),
});
