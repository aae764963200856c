import type { CityNearbyInput, CityOrder, CitySearchInput } from "./contract";
import { countryTag } from "./country/service";

/** Carried by every response that includes this city. */
export const cityTag = (id: number): string => `city:${id}`;
/** The ID of the city that a tag names; null for any other tag. */
export function cityOfTag(tag: string): number | null {
  const id = /^city:([1-9]\d{0,9})$/.exec(tag)?.[1];
  return id === undefined ? null : Number(id);
}
/** Carried by lists over all cities. */
export const allCitiesTag = "cities:all";
/** Carried by every response about cities: an import may change any of them. */
export const importedTag = "cities:imported";

/** The tag that follows a list's predicate. */
export const listTag = (country: string | undefined): string =>
  country === undefined ? allCitiesTag : countryTag(country);

/**
 * A search text as it is cached and queried: composed, in lower case and trimmed, so that common spellings share an
 * entry. Accents are left to the database, whose fold also produced the searched names; if two folds differed in one
 * letter, a city could not be found by its own name. A letter whose lower case has two characters stays as it is.
 */
export function normalizeQuery(q: string): string {
  const lower = Array.from(q.normalize("NFC"), (letter) => {
    const lowered = letter.toLowerCase();
    return Array.from(lowered).length === 1 ? lowered : letter;
  });
  return lower.join("").trim();
}

export type SearchKey = Pick<CitySearchInput, "q" | "country" | "limit">;
export const searchKey = ({ q, country, limit }: SearchKey): string => `${country ?? "*"}/${limit}/${q}`;

export const nearbyKey = ({ lat, lon, limit, radiusKm }: CityNearbyInput): string =>
  `${lat}/${lon}/${limit}/${radiusKm ?? "*"}`;

export type ListKey = {
  country: string | undefined;
  order: CityOrder;
  limit: number;
  /** The last row of the previous page: its order value and ID. */
  after: { value: string | number; id: number } | null;
};
export const listKey = ({ country, order, limit, after }: ListKey): string =>
  `${country ?? "*"}/${order}/${limit}/${after === null ? "" : `${after.id}/${after.value}`}`;
