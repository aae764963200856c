import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import type {
  City,
  CityFound,
  CityNear,
  CityNearbyInput,
  CityOrder,
  CitySearchInput,
  CityUpdateInput,
  SearchMatch,
} from "./contract";
import { type Db, prepared, type Tx } from "@weir/postgres";
import { cities } from "./schema";

export type CityQueries = ReturnType<typeof createCityQueries>;

export type CityPage = {
  country?: string | undefined;
  order: CityOrder;
  /** Order value and ID of the last row of the previous page; null for the first page. */
  after: { value: string | number; id: number } | null;
  limit: number;
};

/** `before` and `city` are the row before and after the change. */
export type CityUpdateOutcome =
  | { status: "updated"; before: City; city: City }
  | { status: "absent" }
  | { status: "conflict" };

const cityFields = {
  id: cities.id,
  name: cities.name,
  countryCode: cities.countryCode,
  regionCode: cities.regionCode,
  population: cities.population,
  lat: cities.lat,
  lon: cities.lon,
  version: cities.version,
};

const given = sql.placeholder;

const firstOrNull = <Row>(rows: readonly Row[]): Row | null => rows[0] ?? null;

/** Mean radius of the earth (IUGG). */
const earthRadiusKm = 6371.0088;
/** More than half the circumference, so beyond any distance. */
const anywhereKm = 20_038;
const largestInt4 = 2_147_483_647;

/** The minimum trigram similarity at which a name matches a misspelled search: `tokyp`, `londn`. */
const similarEnough = 0.4;

/**
 * Four rules in one statement: names that are the text, begin with it, contain it, or resemble it. Append runs a rule only
 * while the page is not full. OFFSET 0 keeps the order by population out of each search; otherwise the planner would
 * scan all cities by population in the hope of an early match. Everything derived from the parameter is computed once,
 * in `query`, and is unknown to the planner, so the plan is the same for every text. Without three letters or digits in
 * a row the trigram index would be read in full, so such a text does not match substrings; below three characters it
 * matches prefixes only. The exact rule ignores blanks; of two names that are the same without them, the one with the
 * blanks of the text comes first.
 */
function searchFrom(country: SQL | null): SQL {
  const columns = sql`id, name, country_code, region_code, population, lat, lon, version`;
  // The same range twice: each form can use only the index that suits it best.
  const [from, after, before] = country === null ? [sql`~>=~`, sql`~>~`, sql`~<~`] : [sql`>=`, sql`>`, sql`<`];
  const folded = sql`(select folded from query)`;
  const isBelow = sql`search_name ${before} (select beyond from query)`;
  // As the index has it.
  const isExact = sql`replace(search_name, ' ', '') = (select compact from query)`;
  const containsIt = sql`search_name like (select pattern from query)`;
  const tier = (match: SearchMatch, where: SQL): SQL => {
    const isFirst = match === "exact" ? sql`, search_name = ${folded} as has_blanks` : sql``;
    return sql`(
    select ${columns}, match from (
      select ${columns}, ${sql.raw(`'${match}'`)} as match${isFirst} from ${cities} where ${where} and ${country ?? sql`true`} offset 0
    ) as ${sql.identifier(match)} order by ${match === "exact" ? sql`has_blanks desc, ` : sql``}population desc, id limit ${given("limit")})`;
  };
  return sql`(
    with query as materialized (
      select folded, replace(folded, ' ', '') as compact, folded || chr(1114111) as beyond,
        '%' || replace(replace(replace(folded, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' as pattern,
        folded ~ '[[:alnum:]]{3}' as has_trigram,
        char_length(folded) >= 3 and folded ~ '[[:alnum:]]' as is_comparable,
        set_config('pg_trgm.similarity_threshold', ${sql.raw(`'${similarEnough}'`)}, true)
      from (select cities.fold(${given("q")}) as folded) as given where folded <> '')
    ${tier("exact", isExact)}
    union all
    ${tier("prefix", sql`search_name ${after} ${folded} and ${isBelow}`)}
    union all
    ${tier("substring", sql`(select has_trigram from query) and ${containsIt} and not (search_name ${from} ${folded} and ${isBelow})`)}
    union all
    ${tier(
      "similar",
      sql`(select is_comparable from query) and cities.resembles(search_name, ${folded})
        and cities.similarity(search_name, ${folded}) >= ${sql.raw(String(similarEnough))}
        and not ${containsIt} and not ${isExact}`,
    )}
    limit ${given("limit")}
  ) as found`;
}

function prepareSearch(db: Db, name: string, country: SQL | null) {
  const found = <Value>(column: string) => sql<Value>`${sql.identifier(column)}`;
  return prepared(db, name, (on) =>
    on
      .select({
        id: found<number>("id"),
        name: found<string>("name"),
        countryCode: found<string>("country_code"),
        regionCode: found<string>("region_code"),
        population: found<number>("population"),
        lat: found<number>("lat"),
        lon: found<number>("lon"),
        version: found<number>("version"),
        match: found<CityFound["match"]>("match"),
      })
      .from(searchFrom(country)),
  );
}

/**
 * The nearest by the index on `position`, then those within the radius: a radius inside the ordered search would scan
 * every city whenever it contains fewer than `limit`. The chord between two points on the unit sphere grows with their
 * great-circle distance, so poles and the date line need no special case.
 */
function prepareNearby(db: Db) {
  const chord = sql<number>`cities.chord(${cities.position}, cities.unit_vector(${given("lat")}, ${given("lon")}))`;
  return prepared(db, "city.nearby", (on) => {
    const nearest = on
      .select({ ...cityFields, chord: chord.as("chord") })
      .from(cities)
      .orderBy(sql`chord`)
      .limit(given("limit"))
      .as("nearest");
    const distanceKm = sql<number>`${sql.raw(String(2 * earthRadiusKm))} * asin(least(1, ${nearest.chord} / 2))`;
    const { chord: _chord, ...fields } = nearest._.selectedFields;
    return on
      .select({ ...fields, distanceKm: distanceKm.as("distance_km") })
      .from(nearest)
      .where(sql`${distanceKm} <= ${given("radiusKm")}::float8`)
      .orderBy(nearest.chord, nearest.id);
  });
}

function prepareList(db: Db, order: CityOrder, country: SQL | undefined) {
  const where = {
    population: sql`(${cities.population}, ${cities.id}) < (${given("value")}, ${given("id")})`,
    name: sql`(${cities.searchName}, ${cities.id}) > (cities.fold(${given("value")}), ${given("id")})`,
  };
  const orderBy = {
    population: [desc(cities.population), desc(cities.id)],
    name: [asc(cities.searchName), asc(cities.id)],
  };
  return prepared(db, `city.list.${order}`, (on) =>
    on
      .select(cityFields)
      .from(cities)
      .where(and(country, where[order]))
      .orderBy(...orderBy[order])
      .limit(given("limit")),
  );
}

/** Postgres' trigonometry rejects tiny numbers (`value out of range: underflow`). */
const toTenthOfMillimetre = (degrees: number): number => Number(degrees.toFixed(9));

/** Sorts before the first row of each order. */
const beforeFirst = { population: { value: largestInt4, id: largestInt4 }, name: { value: "", id: 0 } };

/** All statements about cities, prepared on `db`. */
export function createCityQueries(db: Db) {
  const byId = prepared(db, "city.byId", (on) =>
    on
      .select(cityFields)
      .from(cities)
      .where(eq(cities.id, given("id"))),
  );
  const byIds = prepared(db, "city.byIds", (on) =>
    on
      .select(cityFields)
      .from(cities)
      .where(sql`${cities.id} = any(${given("ids")}::int[])`),
  );
  const ofCountry = eq(cities.countryCode, given("country"));
  const searchAll = prepareSearch(db, "city.search", null);
  const searchCountry = prepareSearch(db, "city.searchCountry", sql`country_code = ${given("country")}`);
  const nearby = prepareNearby(db);
  const listAll = { population: prepareList(db, "population", undefined), name: prepareList(db, "name", undefined) };
  const listCountry = {
    population: prepareList(db, "population", ofCountry),
    name: prepareList(db, "name", ofCountry),
  };

  return {
    byId: (id: number): Promise<City | null> => byId.execute({ id }).then(firstOrNull),

    /** In any order, without IDs that do not exist. */
    byIds: (ids: readonly number[]): Promise<City[]> => byIds.execute({ ids }),

    /**
     * Ignores accents, case and punctuation. Best rule first (exact, prefix, substring, similar), then largest first. A text without three letters or digits in a row does not match substrings; below three characters it matches prefixes only.
     */
    search: ({ q, country, limit }: CitySearchInput): Promise<CityFound[]> => {
      // Postgres cannot store this character, so no name contains it.
      if (q.includes("\0")) return Promise.resolve([]);
      return country === undefined ? searchAll.execute({ q, limit }) : searchCountry.execute({ q, limit, country });
    },

    /** Nearest first, over the surface of a sphere of the earth's mean radius (error up to 0.5 %). */
    nearby: ({ lat, lon, limit, radiusKm = anywhereKm }: CityNearbyInput): Promise<CityNear[]> =>
      nearby.execute({ lat: toTenthOfMillimetre(lat), lon: toTenthOfMillimetre(lon), limit, radiusKm }),

    /** The page after a row. Pages never skip or repeat a city whose order value does not change in between. */
    list: ({ country, order, after, limit }: CityPage): Promise<City[]> => {
      const from = after ?? beforeFirst[order];
      if (country === undefined) return listAll[order].execute({ ...from, limit });
      return listCountry[order].execute({ ...from, country, limit });
    },

    /** Updates the city if it still has this version; of two concurrent updates one gets a conflict. */
    update: async (tx: Tx, { id, version, ...changes }: CityUpdateInput): Promise<CityUpdateOutcome> => {
      const lock = prepared(tx, "city.lock", (on) =>
        on
          .select(cityFields)
          .from(cities)
          .where(eq(cities.id, given("id")))
          .for("update"),
      );
      const [before] = await lock.execute({ id });
      if (before === undefined) return { status: "absent" };
      const change = prepared(tx, "city.update", (on) =>
        on
          .update(cities)
          .set({
            name: changes.name ?? before.name,
            population: changes.population ?? before.population,
            version: sql`${cities.version} + 1`,
            updatedAt: sql`now()`,
          })
          .where(and(eq(cities.id, id), eq(cities.version, version)))
          .returning(cityFields),
      );
      const [city] = await change.execute();
      return city === undefined ? { status: "conflict" } : { status: "updated", before, city };
    },
  };
}
