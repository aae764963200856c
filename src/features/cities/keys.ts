import { defineTags } from "@weir/cache/tags";
import type { City, CityNearbyInput, CityOrder, CitySearchInput } from "./contract";
import { blankPunctuation } from "./fold";

/**
 * `city`: every response that includes this city. `country`: the lists of one country and its statistics. `cities`: lists
 * over all cities, and every response about cities, because an import may change any of them.
 */
export const cityTags = defineTags(
  {
    city: (id: number) => id,
    country: (code: string) => code,
    cities: (which: "all" | "imported") => which,
  },
  (city: Pick<City, "id" | "countryCode">, tag) => [
    tag.city(city.id),
    tag.country(city.countryCode),
    tag.cities("all"),
  ],
);

/** The ID of the city that a tag names; null for any other tag. */
export function cityOfTag(tag: string): number | null {
  const id = /^city:([1-9]\d{0,9})$/.exec(tag)?.[1];
  return id === undefined ? null : Number(id);
}
export const importedTag = cityTags.tag.cities("imported");

/** The tag that follows a list's predicate. */
export const listTag = (country: string | undefined) =>
  country === undefined ? cityTags.tag.cities("all") : cityTags.tag.country(country);

/**
 * A search text as it is cached and queried: composed, in lower case, with blanks for punctuation and trimmed, so that
 * common spellings share an entry. Empty if nothing is left to search for. Accents are left to the database, whose fold
 * also produced the searched names; if two folds differed in one letter, a city could not be found by its own name. A
 * letter whose lower case has two characters stays as it is.
 */
export function normalizeQuery(q: string): string {
  if (/^[a-z][a-z ]*$/i.test(q) && !q.includes("  ")) return q.toLowerCase().trimEnd();
  const lower = Array.from(q.normalize("NFC"), (letter) => {
    const lowered = letter.toLowerCase();
    return Array.from(lowered).length === 1 ? lowered : letter;
  });
  return blankPunctuation(lower.join(""));
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
