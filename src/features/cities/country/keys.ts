/** Carried by the list of countries. */
export const countriesTag = "countries:all";
/** Carried by a country's figures; writes to its cities touch it. */
export const countryTag = (code: string): string => `country:${code}`;
/** Carried by every answer about countries: an import of the cities may change any of them. */
export const importedTag = "countries:imported";
