import { cityChangesInput } from "./contract";
import {
  cityByIdInput,
  cityByIdsInput,
  cityListInput,
  cityNearbyInput,
  citySearchInput,
  cityUpdateInput,
} from "./contract";
import { CityError } from "./errors";
import { fromEntry } from "@weir/trpc-node";
import { operatorProcedure, publicProcedure, router } from "@/server/rpc/procedures";
import type { CityService } from "./service";
import { openStream } from "@/server/rpc/stream";

const cityNotFound = (): Error => new CityError("CITY_NOT_FOUND");

/** `city.*`. */
export function createCityRouter(cities: CityService) {
  return router({
    /** One city. NOT_FOUND (`CITY_NOT_FOUND`) when no city has the ID. */
    byId: publicProcedure
      .input(cityByIdInput)
      .query(({ input: { id } }) => fromEntry(cities.entries.byId(id), () => cities.byId(id), cityNotFound)),
    /** Up to 100 cities in the requested order, without IDs that do not exist. */
    byIds: publicProcedure.input(cityByIdsInput).query(({ input }) => cities.byIds(input.ids)),
    /** Autocomplete, ignoring accents, case and punctuation: exact matches first, then prefixes, substrings and similar names, each by population. */
    search: publicProcedure
      .input(citySearchInput)
      .query(({ input }) => fromEntry(cities.entries.search(input), () => cities.search(input))),
    /** The nearest cities by great-circle distance in km, nearest first. */
    nearby: publicProcedure
      .input(cityNearbyInput)
      .query(({ input }) => fromEntry(cities.entries.nearby(input), () => cities.nearby(input))),
    /** A page of cities by population or by name. BAD_REQUEST (`CURSOR_INVALID`) for a cursor of another list. */
    list: publicProcedure
      .input(cityListInput)
      .query(({ input }) => fromEntry(cities.entries.list(input), () => cities.list(input))),
    /** Streams changed cities with their new values; resumes from `lastEventId`. TOO_MANY_REQUESTS (`STREAMS_EXHAUSTED`). */
    changes: publicProcedure.input(cityChangesInput).subscription(({ ctx, input, signal }) =>
      openStream({
        kind: "city.changes",
        ctx,
        left: signal,
        events: (until) => cities.changes(input, until),
      }),
    ),
    /** Changes name or population. CONFLICT (`CITY_VERSION_CONFLICT`) when the city has changed since. */
    update: operatorProcedure.input(cityUpdateInput).mutation(({ ctx, input }) => cities.update(input, ctx.actor)),
  });
}
