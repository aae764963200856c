import { defineTags } from "@weir/cache/tags";

/**
 * `country`: a country's statistics and the lists of its cities. `countries`: the list of countries, and every response
 * about countries, because an import of the cities may change any of them.
 */
export const countryTags = defineTags(
  { country: (code: string) => code, countries: (which: "all" | "imported") => which },
  (country: { code: string }, tag) => [tag.country(country.code), tag.countries("all")],
);
