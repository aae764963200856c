import { sql } from "drizzle-orm";
import { check, doublePrecision, index, integer, pgSchema, text, timestamp } from "drizzle-orm/pg-core";
import { cube, textInByteOrder } from "@weir/postgres/column-types";

const place = pgSchema("cities");

export const countries = place.table("countries", {
  /** ISO 3166-1 alpha-2. */
  code: text("code").primaryKey(),
  name: text("name").notNull(),
});

export const cities = place.table(
  "cities",
  {
    /** GeoNames ID. */
    id: integer("id").primaryKey(),
    name: text("name").notNull(),
    countryCode: text("country_code")
      .notNull()
      .references(() => countries.code),
    /** GeoNames admin1 code; empty if there is none. */
    regionCode: text("region_code").notNull(),
    population: integer("population").notNull(),
    lat: doublePrecision("lat").notNull(),
    lon: doublePrecision("lon").notNull(),
    version: integer("version").notNull().default(1),
    updatedAt: timestamp("updated_at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
    /** The name without accents, case and punctuation. In byte order one index serves prefixes and pages by name. */
    searchName: textInByteOrder("search_name")
      .notNull()
      .generatedAlwaysAs(sql`cities.fold(name)`),
    /** The location as a point on the unit sphere, where straight distances sort like great-circle distances. */
    position: cube("position")
      .notNull()
      .generatedAlwaysAs(sql`cities.unit_vector(lat, lon)`),
  },
  (t) => [
    // city.search, prefix rule, with the operators ~>=~ and ~<~. Either of the next two indexes could serve plain
    // comparisons too, and the planner would scan the one that starts with the country.
    index("cities_search_name_pattern").on(t.searchName.op("text_pattern_ops")),
    // city.search, exact rule.
    index("cities_search_compact").on(sql`replace(${t.searchName}, ' ', '')`),
    // city.list by name.
    index("cities_search_name").on(t.searchName, t.id),
    // city.list by name and city.search, prefix rule, within a country.
    index("cities_country_search_name").on(t.countryCode, t.searchName, t.id),
    // city.search, substring and similar rules.
    index("cities_search_name_trgm").using("gin", t.searchName.op("gin_trgm_ops")),
    // city.list by population. Without `nullsFirst` the index is DESC NULLS LAST, which cannot serve a plain DESC.
    index("cities_population").on(t.population.desc().nullsFirst(), t.id.desc().nullsFirst()),
    // city.list by population within a country; country.largest; country.stats reads it alone.
    index("cities_country_population").on(t.countryCode, t.population.desc().nullsFirst(), t.id.desc().nullsFirst()),
    // city.nearby.
    index("cities_position").using("gist", t.position),
    check("cities_population_not_negative", sql`${t.population} >= 0`),
    check("cities_lat_in_range", sql`${t.lat} between -90 and 90`),
    check("cities_lon_in_range", sql`${t.lon} between -180 and 180`),
    check("cities_version_positive", sql`${t.version} >= 1`),
  ],
);

/** The completely imported data sets; a row is written in the transaction that wrote the data. */
export const imports = place.table("imports", {
  name: text("name").primaryKey(),
  /** The source of the data with its version; another source triggers a new import. */
  source: text("source").notNull(),
  rowCount: integer("row_count").notNull(),
  finishedAt: timestamp("finished_at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
});
