import { asc, desc, eq, sql } from "drizzle-orm";
import type { City } from "../contract";
import type { Country, CountryStats } from "../contract";
import { type Db, prepared } from "@weir/postgres";
import { cities, countries } from "../schema";

export type CountryQueries = ReturnType<typeof createCountryQueries>;

export type CountryFigures = Pick<
  CountryStats,
  "cityCount" | "totalPopulation" | "meanPopulation" | "medianPopulation"
>;

const given = sql.placeholder;

const firstOrNull = <Row>(rows: readonly Row[]): Row | null => rows[0] ?? null;

/** All statements about countries, prepared on `db`. */
export function createCountryQueries(db: Db) {
  const countryFields = { code: countries.code, name: countries.name };
  const list = prepared(db, "country.list", (on) =>
    on
      .select(countryFields)
      .from(countries)
      .orderBy(sql`cities.fold(${countries.name}) collate "C"`, asc(countries.code)),
  );
  const byCode = prepared(db, "country.byCode", (on) =>
    on
      .select(countryFields)
      .from(countries)
      .where(eq(countries.code, given("code"))),
  );
  // float8 arrives as a number, and is exact for any sum of populations.
  const stats = prepared(db, "country.stats", (on) =>
    on
      .select({
        cityCount: sql<number>`count(*)::float8`,
        totalPopulation: sql<number>`coalesce(sum(${cities.population}), 0)::float8`,
        meanPopulation: sql<number>`coalesce(avg(${cities.population}), 0)::float8`,
        medianPopulation: sql<number>`coalesce(percentile_cont(0.5) within group (order by ${cities.population}), 0)`,
      })
      .from(cities)
      .where(eq(cities.countryCode, given("code"))),
  );
  const largest = prepared(db, "country.largest", (on) =>
    on
      .select({
        id: cities.id,
        name: cities.name,
        countryCode: cities.countryCode,
        regionCode: cities.regionCode,
        population: cities.population,
        lat: cities.lat,
        lon: cities.lon,
        version: cities.version,
      })
      .from(cities)
      .where(eq(cities.countryCode, given("code")))
      .orderBy(desc(cities.population), desc(cities.id))
      .limit(given("limit")),
  );

  return {
    /** By name, ignoring accents and case. */
    list: (): Promise<Country[]> => list.execute(),

    byCode: (code: string): Promise<Country | null> => byCode.execute({ code }).then(firstOrNull),

    /** Over the listed cities of a country; all zero without cities. */
    stats: async (code: string): Promise<CountryFigures> => {
      const [figures] = await stats.execute({ code });
      return figures ?? { cityCount: 0, totalPopulation: 0, meanPopulation: 0, medianPopulation: 0 };
    },

    /** Largest first. */
    largest: (code: string, limit: number): Promise<City[]> => largest.execute({ code, limit }),
  };
}
