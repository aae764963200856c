import { type EntityEvent, lastEventIdSchema } from "@/server/live/contract";
import { cursorText, positiveInt4, storedText, typedText, z } from "@/server/rpc/zod";

/** ISO 3166-1 alpha-2, upper case. */
const countryCodeSchema = z
  .string()
  .regex(/^[A-Z]{2}$/, "A country must be two capital letters (ISO 3166-1 alpha-2), for example JP.");

/** GeoNames id. */
const cityIdSchema = positiveInt4;

const limitSchema = (most: number, usual: number) => z.int().min(1).max(most).default(usual);

export const cityByIdInput = z.strictObject({ id: cityIdSchema });
export const cityByIdsInput = z.strictObject({ ids: z.array(cityIdSchema).min(1).max(100) });
export const citySearchInput = z.strictObject({
  q: storedText(100).trim().min(1),
  country: countryCodeSchema.optional(),
  limit: limitSchema(50, 10),
});
export const cityNearbyInput = z.strictObject({
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  limit: limitSchema(50, 10),
  radiusKm: z.number().positive().max(20_038).optional(),
});
export const cityOrderSchema = z.enum(["population", "name"]);
export const cityListInput = z.strictObject({
  country: countryCodeSchema.optional(),
  order: cityOrderSchema.default("population"),
  /** Opaque: the `nextCursor` of the previous page. */
  cursor: cursorText.nullish(),
  limit: limitSchema(100, 50),
});
export const cityUpdateInput = z.strictObject({
  id: cityIdSchema,
  /** The version that was read. The update fails if the city has changed since. */
  version: positiveInt4,
  name: typedText(200).min(1).optional(),
  population: z.int().min(0).max(2_000_000_000).optional(),
});

export const citySchema = z.object({
  id: cityIdSchema,
  name: z.string(),
  countryCode: countryCodeSchema,
  /** GeoNames admin1 code: a state or province within the country; empty where there is none. */
  regionCode: z.string(),
  population: z.int(),
  /** Degrees, WGS 84. */
  lat: z.number(),
  lon: z.number(),
  version: z.int(),
});
export type City = z.infer<typeof citySchema>;

/**
 * The rule that matched; best first. `exact` is the whole name, whatever its blanks: `valdor` is Val-d'Or.
 */
export type SearchMatch = "exact" | "prefix" | "substring" | "similar";
export type CityFound = City & { match: SearchMatch };
export type CityNear = City & { distanceKm: number };
export type CityOrder = z.infer<typeof cityOrderSchema>;
export type CitySearchInput = z.infer<typeof citySearchInput>;
export type CityNearbyInput = z.infer<typeof cityNearbyInput>;
export type CityListInput = z.infer<typeof cityListInput>;
export type CityUpdateInput = z.infer<typeof cityUpdateInput>;

/** In the order of the request, without IDs that do not exist. */
export type CityByIdsResult = { items: City[] };
export type CitySearchResult = { items: CityFound[] };
/** Nearest first. */
export type CityNearbyResult = { items: CityNear[] };
/** `nextCursor` is null on the last page. */
export type CityListResult = { items: City[]; nextCursor: string | null };

export const cityChangesInput = z
  .strictObject({
    /** Only these cities. */
    ids: z.array(cityIdSchema).min(1).max(100).optional(),
    /** Only the cities of one country. */
    country: countryCodeSchema.optional(),
    lastEventId: lastEventIdSchema,
  })
  .refine(({ ids, country }) => ids === undefined || country === undefined, "Use either ids or country, not both.")
  .prefault({});
export type CityChangesInput = z.infer<typeof cityChangesInput>;

export type CityChange =
  /** The current city; compare its version with yours. */
  | { kind: "present"; id: number; city: City }
  | { kind: "absent"; id: number }
  /** The city changed, but could not be read right now. */
  | { kind: "unread"; id: number };

export type CityChangesEvent = EntityEvent<CityChange>;

export const countryStatsInput = z.strictObject({ code: countryCodeSchema });

export type Country = { code: string; name: string };
/** By name. */
export type CountryListResult = { items: Country[] };

export type CountryStats = Country & {
  cityCount: number;
  /** Population of the listed cities, not of the whole country. */
  totalPopulation: number;
  meanPopulation: number;
  medianPopulation: number;
  /** Share of the listed population that lives in the largest city, 0 to 1; null without population. */
  largestShare: number | null;
  /** The ten largest, largest first. */
  largest: City[];
};
