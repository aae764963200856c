import { z } from "@/server/rpc/zod";
import { type City, cityIdSchema, countryCodeSchema } from "./contract";

/** The id of the last event that arrived, to go on after it. */
export const lastEventIdSchema = z.string().min(1).max(200).nullish();

export const cityChangesInput = z
  .strictObject({
    /** Only these. */
    ids: z.array(cityIdSchema).min(1).max(100).optional(),
    /** Only those of one country. */
    country: countryCodeSchema.optional(),
    lastEventId: lastEventIdSchema,
  })
  .refine(({ ids, country }) => ids === undefined || country === undefined, "Either ids or country, not both.")
  .prefault({});
export type CityChangesInput = z.infer<typeof cityChangesInput>;

export type CityChange =
  /** The city as it is now; compare its version with the one you have. */
  | { kind: "present"; id: number; city: City }
  | { kind: "absent"; id: number }
  /** It changed, and could not be read at the moment. */
  | { kind: "unread"; id: number };

/**
 * `ready`: what follows is complete from here on; `changes` holds the cities of `ids` as they are.
 * `gap`: changes before this were missed; `changes` holds the cities of `ids` as they are, without `ids` ask again.
 * `changes`: these changed, each named once with its newest value, at most 100.
 */
export type CityChangesEvent = { type: "ready" | "gap" | "changes"; changes: CityChange[] };
