/** Carried by the list of countries. */
export const countriesTag = "countries:all";
/** Carried by a country's statistics; writes to its cities invalidate it. */
export const countryTag = (code: string): string => `country:${code}`;
/** Carried by every response about countries: an import of the cities may change any of them. */
export const importedTag = "countries:imported";
