import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { City } from "../../contract";
import { createCityQueries } from "../../queries";

export type Statement = { text: string; parameters: unknown[] };
export type Statements = { byId: Statement; search: Statement; list: Statement };

/** The search text, and the length of the compared list. */
export const searchText = "san f";
export const searchLimit = 10;
export const listLength = 50;

/** The same statement with the names of the contract, so that no rival has to rename columns. */
function renamed({ text, parameters }: Statement, ...more: string[]): Statement {
  const columns = ["id", "name", 'country_code as "countryCode"', 'region_code as "regionCode"', "population"];
  const all = [...columns, "lat", "lon", "version", ...more].join(", ");
  return { text: `select ${all} from (${text}) as answer`, parameters };
}

export type Material = {
  statements: Statements;
  /** Cities that the keyed paths request. */
  cities: City[];
  postgresVersion: string;
};

/** The statements that Weir sends, for the rivals to send too, and the cities to request. */
export async function gatherMaterial(databaseUrl: string, cityCount: number): Promise<Material> {
  const sent: Statement[] = [];
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    const db = drizzle({
      client: sql,
      logger: { logQuery: (text, parameters) => void sent.push({ text, parameters }) },
    });
    const queries = createCityQueries(db);
    const capture = async (ask: () => Promise<unknown>): Promise<Statement> => {
      sent.length = 0;
      await ask();
      const [statement] = sent;
      if (statement === undefined) throw new Error("A query of the cities sent no statement.");
      return statement;
    };
    const first = { order: "population", after: null } as const;
    // Spread over the whole range of populations.
    const ids = await sql<{ id: number }[]>`
      select id from cities.cities order by md5(id::text) limit ${cityCount}`;
    const statements: Statements = {
      byId: renamed(await capture(() => queries.byId(ids[0]?.id ?? 0))),
      search: renamed(await capture(() => queries.search({ q: searchText, limit: searchLimit })), "match"),
      list: renamed(await capture(() => queries.list({ ...first, limit: listLength + 1 }))),
    };
    const cities = await queries.byIds(ids.map(({ id }) => id));
    const [server] = await sql<{ server_version: string }[]>`show server_version`;
    return { statements, cities, postgresVersion: server?.server_version ?? "unknown" };
  } finally {
    await sql.end();
  }
}
