import { eq, getTableColumns, is, type SQL, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type {
  Catalog,
  ColumnFacts,
  CountedStatement,
  DatabaseFacts,
  ForeignKeyFacts,
  IndexFacts,
  TableFacts,
} from "@weir/query-advisor";
import { type Db, prepared } from "@weir/postgres";
import * as schema from "@/server/schema";

const given = sql.placeholder;

type Table = Omit<TableFacts, "columns">;
type Column = ColumnFacts & { table: string };
type Counting = { extensions: string[]; countedForMs: number | null };

/** All rows of a query as one value. */
function prepareRows<Row>(db: Db, name: string, query: SQL) {
  const statement = prepared(db, name, (on) =>
    on.select({ rows: sql<Row[]>`coalesce(json_agg(found), '[]')` }).from(sql`(${query}) as found`),
  );
  return async (values: Record<string, unknown> = {}): Promise<Row[]> => {
    const [all] = await statement.execute(values);
    return all?.rows ?? [];
  };
}

/** Ordinary tables, without partitions, temporary tables and system tables. */
const ofUsers = sql`c.relkind = 'r' and not c.relispartition and c.relpersistence <> 't'
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`;
const tableName = sql`n.nspname || '.' || c.relname`;
/** The largest tables; the rest get no advice. */
const maxTables = 500;
const tables = sql`select c.oid, ${tableName} as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${ofUsers} order by c.relpages desc, c.oid limit ${sql.raw(String(maxTables))}`;

function prepareCatalog(db: Db) {
  return {
    tables: prepareRows<Table>(
      db,
      "plans.tables",
      sql`select t.name, pg_table_size(t.oid) as bytes, coalesce(s.n_tup_del, 0) as deletes,
        case when c.reltuples < 0 then coalesce(s.n_live_tup, 0) else c.reltuples end as rows
      from (${tables}) t join pg_class c on c.oid = t.oid left join pg_stat_user_tables s on s.relid = t.oid`,
    ),
    columns: prepareRows<Column>(
      db,
      "plans.columns",
      sql`select t.name as "table", a.attname as name, format_type(a.atttypid, null) as type, s.avg_width as "averageBytes",
        case when s.n_distinct < 0 then -s.n_distinct * greatest(c.reltuples, 0) else s.n_distinct end as distinct,
        coalesce(l.collname in ('C', 'POSIX', 'ucs_basic'), false) as "isByteOrder",
        y.typtype = 'e' or y.typelem <> 0 or exists (
          select from pg_opclass o join pg_am m on m.oid = o.opcmethod
          where m.amname = 'btree' and o.opcdefault
            and (o.opcintype in (y.oid, y.typbasetype) or y.typname = 'varchar' and o.opcintype = 'text'::regtype)
        ) as "isSortable"
      from (${tables}) t join pg_class c on c.oid = t.oid join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      join pg_type y on y.oid = a.atttypid
      left join pg_collation l on l.oid = a.attcollation
      left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname
        and not s.inherited`,
    ),
    indexes: prepareRows<IndexFacts>(
      db,
      "plans.indexes",
      sql`select i.relname as name, t.name as "table", m.amname as method, x.indisunique as "isUnique",
        x.indisvalid and x.indisready as "isValid", pg_get_expr(x.indpred, x.indrelid) as predicate,
        pg_relation_size(x.indexrelid) as bytes, coalesce(s.idx_scan, 0) as scans,
        x.indisreplident or x.indisprimary or exists (select from pg_constraint k where k.conindid = x.indexrelid)
          as "isConstraint",
        (select json_agg(json_build_object(
            'column', a.attname, 'text', pg_get_indexdef(x.indexrelid, p.place::int, true),
            'operatorClass', o.opcname, 'collation', l.collname,
            'isDescending', (x.indoption[p.place - 1] & 1) = 1, 'isNullsFirst', (x.indoption[p.place - 1] & 2) = 2
          ) order by p.place)
          from generate_series(1, x.indnkeyatts) as p(place)
          left join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[p.place - 1] and a.attnum <> 0
          left join pg_opclass o on o.oid = x.indclass[p.place - 1]
          left join pg_collation l on l.oid = x.indcollation[p.place - 1]) as keys,
        (select coalesce(json_agg(pg_get_indexdef(x.indexrelid, p.place::int, true)), '[]')
          from generate_series(x.indnkeyatts + 1, x.indnatts) as p(place)) as included
      from (${tables}) t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
      join pg_am m on m.oid = i.relam left join pg_stat_user_indexes s on s.indexrelid = x.indexrelid
      order by i.relname`,
    ),
    foreignKeys: prepareRows<ForeignKeyFacts>(
      db,
      "plans.foreignKeys",
      sql`select k.conname as name, t.name as "table", r.name as "referencedTable",
        case k.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default'
          when 'r' then 'restrict' else 'no action' end as "onDelete",
        (select json_agg(a.attname order by p.place)
          from unnest(k.conkey) with ordinality as p(number, place)
          join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number) as columns
      from (${tables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.conparentid = 0
      join (${tables}) r on r.oid = k.confrelid`,
    ),
    counting: prepareRows<Counting>(
      db,
      "plans.counting",
      sql`select (select json_agg(extname) from pg_extension) as extensions,
        (select extract(epoch from now() - coalesce(stats_reset, pg_postmaster_start_time())) * 1000
          from pg_stat_database where datname = current_database()) as "countedForMs"`,
    ),
  };
}

/** The extension may be in any schema. */
function prepareCounted(db: Db, place: string) {
  const [statements, info] = ["pg_stat_statements", "pg_stat_statements_info"].map(
    (name) => sql`${sql.identifier(place)}.${sql.identifier(name)}`,
  );
  const since = prepareRows<{ since: string | null }>(
    db,
    "plans.statisticsSince",
    sql`select stats_reset as since from ${info}`,
  );
  const counted = prepareRows<CountedStatement>(
    db,
    "plans.statistics",
    sql`select s.queryid::text as "queryId", s.queryid::float8 as "roundedId", left(s.query, 8000) as text, s.calls,
      s.total_exec_time as "totalMs", s.mean_exec_time as "meanMs", s.max_exec_time as "maxMs", s.rows,
      s.total_exec_time / nullif(sum(s.total_exec_time) over (), 0) as share,
      s.shared_blks_hit as "blocksHit", s.shared_blks_read as "blocksRead", s.temp_blks_written as "tempBlocksWritten",
      s.wal_bytes as "walBytes", s.plans, s.total_plan_time as "planMs"
    from ${statements} s
    where s.dbid = (select oid from pg_database where datname = current_database()) and s.queryid is not null
    order by s.total_exec_time desc limit ${given("limit")}`,
  );
  return { place, counted, since };
}

/** Volatile functions without lasting effects. What they set is rolled back. */
const harmless = [
  "random",
  "random_normal",
  "clock_timestamp",
  "timeofday",
  "gen_random_uuid",
  "uuidv4",
  "uuidv7",
  "set_config",
];

/** Statements that read the catalog and statistics of the database. */
export function createPlanQueries(db: Db): DatabaseFacts {
  const catalog = prepareCatalog(db);
  const extension = prepareRows<{ version: number; statisticsIn: string | null; canPretend: boolean }>(
    db,
    "plans.server",
    sql`select current_setting('server_version_num')::int / 10000 as version,
      (select nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
        where extname = 'pg_stat_statements') as "statisticsIn",
      exists (select from pg_extension where extname = 'hypopg') as "canPretend"`,
  );
  let counts: ReturnType<typeof prepareCounted> | null = null;
  const statistics = async (): Promise<ReturnType<typeof prepareCounted>> => {
    const place = (await extension())[0]?.statisticsIn ?? "public";
    if (counts?.place !== place) counts = prepareCounted(db, place);
    return counts;
  };
  const effects = prepareRows<{ name: string }>(
    db,
    "plans.effects",
    sql`select distinct proname as name from pg_proc where provolatile = 'v'
      and proname = any(${given("names")}::text[]) and proname <> all(${given("harmless")}::text[]) order by 1`,
  );
  const storedText = prepared(db, "plans.storedText", (on) =>
    on
      .select({ text: schema.statementTexts.text })
      .from(schema.statementTexts)
      .where(eq(schema.statementTexts.name, given("name"))),
  );

  return {
    /** The input of the advice. */
    catalog: async (): Promise<Catalog> => {
      const [found, columns, indexes, foreignKeys, [counting]] = [
        await catalog.tables(),
        await catalog.columns(),
        await catalog.indexes(),
        await catalog.foreignKeys(),
        await catalog.counting(),
      ];
      const columnsOf = new Map<string, Map<string, ColumnFacts>>(found.map(({ name }) => [name, new Map()]));
      for (const { table, ...column } of columns) columnsOf.get(table)?.set(column.name, column);
      return {
        tables: new Map(
          found.map((table) => [table.name, { ...table, columns: columnsOf.get(table.name) ?? new Map() }]),
        ),
        indexes,
        foreignKeys,
        extensions: new Set(counting?.extensions),
        countedForMs: counting?.countedForMs ?? null,
      };
    },

    /** The major version, and which of the optional extensions are installed. */
    server: async () => {
      const [server] = await extension();
      const { version = 0, statisticsIn = null, canPretend = false } = server ?? {};
      return { version, hasStatistics: statisticsIn !== null, canPretend };
    },

    /** Longest total time first. Fails when the extension is not installed or not loaded. */
    statistics: async (limit: number): Promise<CountedStatement[]> => (await statistics()).counted({ limit }),

    statisticsSince: async (): Promise<string | null> => (await (await statistics()).since())[0]?.since ?? null,

    /** Which of these functions may have side effects. */
    functionsWithEffects: async (names: readonly string[]): Promise<string[]> =>
      (await effects({ names, harmless })).map(({ name }) => name),

    /** The text that any node stored; null when none did. */
    storedText: async (name: string): Promise<string | null> => (await storedText.execute({ name }))[0]?.text ?? null,
  };
}

/** The property names of the columns in our own table definitions. */
const properties = new Map<string, string>(
  Object.values(schema)
    .filter((table) => is(table, PgTable))
    .flatMap((table) => {
      const { schema: owner = "public", name } = getTableConfig(table);
      return Object.entries(getTableColumns(table)).map(
        ([property, column]) => [`${owner}.${name} ${column.name}`, property] as const,
      );
    }),
);

/** The property of a Drizzle table definition for this column; null for tables that are not ours. */
export const ownProperty = (table: string, column: string): string | null =>
  properties.get(`${table} ${column}`) ?? null;
