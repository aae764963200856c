import type { Sql, TransactionSql } from "postgres";
import postgres from "postgres";
import { readAddress } from "../connection/address";
import { carriedSettings, localSettings } from "../connection/settings";

export type TableColumn = {
  name: string;
  /** As declared: `character varying(20)`, `public.year`. */
  type: string;
  /** What it is stored as, behind domains. */
  base: { schema: string; name: string; kind: TypeKind; length: number | null };
  /** The type of an array's elements. */
  element: { schema: string; name: string; kind: TypeKind } | null;
  /** Of an enum, in its order. */
  labels: string[] | null;
  isDomain: boolean;
  /** The extension that the type comes from. */
  extension: string | null;
  isNotNull: boolean;
  default: string | null;
  isIdentity: boolean;
  isGenerated: boolean;
  comment: string | null;
  /** Whether equal texts are equal bytes. */
  isDeterministic: boolean;
  mayRead: boolean;
};
type TypeKind = "base" | "enum" | "composite" | "range" | "multirange" | "pseudo" | "domain";

export type TableIndex = {
  name: string;
  /** The whole statement, as Postgres writes it. */
  definition: string;
  method: string;
  keys: {
    column: string | null;
    text: string;
    operatorClass: string;
    collation: string | null;
    isDescending: boolean;
    isNullsFirst: boolean;
  }[];
  included: string[];
  isUnique: boolean;
  isPrimary: boolean;
  /** Checked with each statement, not at the commit. */
  isImmediate: boolean;
  isConstraint: boolean;
  isValid: boolean;
  predicate: string | null;
  bytes: number;
  scans: number;
};

export type TableForeignKey = { name: string; columns: string[]; referencedTable: string; referencedColumns: string[] };

export type TableReport = {
  schema: string;
  name: string;
  kind: "table" | "partitioned" | "view" | "materialized view" | "foreign table";
  isTemporary: boolean;
  /** The partitioned table that it is a part of. */
  partitionOf: string | null;
  /** As `RANGE (paid_at)`. */
  partitionKey: string | null;
  /** Tables that inherit from it, other than partitions. */
  heirs: string[];
  hasRowSecurity: boolean;
  comment: string | null;
  /** Estimated by Postgres; null before the first ANALYZE or VACUUM. */
  rows: number | null;
  /** Of the table with its partitions, without indexes, and of the indexes. */
  bytes: number;
  indexBytes: number;
  owner: string;
  role: string;
  rights: { mayUseSchema: boolean; mayRead: boolean; mayTrigger: boolean; isOwner: boolean; mayMakeTemporary: boolean };
  hasHypotheticalIndexes: boolean;
  columns: TableColumn[];
  indexes: TableIndex[];
  foreignKeys: TableForeignKey[];
};

/** `similar` names tables that are there, at most eight. */
export type TableSearch = { table: TableReport } | { table: null; similar: string[] };

const timeouts = { statementMs: 15_000, lockMs: 2_000 };

/** Over a connection of its own, in a transaction that is rolled back. Rejects like the driver. */
export async function inTrial<Result>(url: string, work: (sql: TransactionSql) => Promise<Result>): Promise<Result> {
  const address = readAddress(url);
  const client: Sql = postgres(address.url, {
    ssl: address.ssl,
    max: 1,
    connect_timeout: 10,
    fetch_types: false,
    prepare: false,
    onnotice: () => undefined,
    connection: { ...carriedSettings, application_name: "weir adopt" },
  });
  const done = new Map<"result", Result>();
  try {
    await client.begin(async (sql) => {
      // Within the transaction, which a pooler may give a session of others.
      await sql.unsafe(localSettings(address.settings));
      await sql`select set_config('statement_timeout', ${String(timeouts.statementMs)}, true),
        set_config('lock_timeout', ${String(timeouts.lockMs)}, true)`;
      done.set("result", await work(sql));
      throw rollback;
    });
  } catch (error) {
    if (error !== rollback) throw error;
  } finally {
    await client.end({ timeout: 5 });
  }
  // Set before the rollback.
  return done.get("result") as Result;
}
const rollback = new Error("Rolled back.");

/** `shop.orders`, `orders`, `shop."Order Details"`: one or two names. Null for anything else. */
export function readTableName(text: string): { schema: string | null; name: string } | null {
  const part = String.raw`("(?:[^"]|"")+"|[^".]+)`;
  const [, first, second] = new RegExp(`^${part}(?:\\.${part})?$`, "u").exec(text) ?? [];
  if (first === undefined) return null;
  const bare = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
  return second === undefined ? { schema: null, name: bare(first) } : { schema: bare(first), name: bare(second) };
}

/**
 * Describes one table of any database, by its name with or without its schema; a name is taken as it is written, else in
 * lowercase, and without a schema along the search path first. Reads the catalogue only, within 15 seconds.
 */
export function readTable(url: string, named: { schema: string | null; name: string }): Promise<TableSearch> {
  return inTrial(url, async (sql) => {
    const oid = await findTable(sql, named);
    if (oid === null) return { table: null, similar: await similarTo(sql, named) };
    const [facts] = await sql<Facts[]>`
      with parts as (
        select coalesce(p.relid, c.oid) as oid from pg_class c left join pg_partition_tree(c.oid) p on p.isleaf
        where c.oid = ${oid}::oid
      )
      select n.nspname as schema, c.relname as name,
        case c.relkind when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view'
          when 'm' then 'materialized view' else 'foreign table' end as kind,
        c.relpersistence = 't' as "isTemporary",
        (select i.inhparent::regclass::text from pg_inherits i where i.inhrelid = c.oid and c.relispartition)
          as "partitionOf",
        case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as "partitionKey",
        (select coalesce(json_agg(i.inhrelid::regclass::text), '[]') from pg_inherits i
          join pg_class h on h.oid = i.inhrelid where i.inhparent = c.oid and not h.relispartition) as heirs,
        c.relrowsecurity as "hasRowSecurity", obj_description(c.oid, 'pg_class') as comment,
        (select case when bool_or(r.reltuples >= 0) then sum(greatest(r.reltuples, 0)) end
          from parts join pg_class r on r.oid = parts.oid)::float8 as rows,
        (select sum(pg_table_size(parts.oid)) from parts)::float8 as bytes,
        (select sum(pg_indexes_size(parts.oid)) from parts)::float8 as "indexBytes",
        pg_get_userbyid(c.relowner) as owner, current_user as role,
        json_build_object(
          'mayUseSchema', has_schema_privilege(n.oid, 'USAGE'), 'mayRead', has_any_column_privilege(c.oid, 'SELECT'),
          'mayTrigger', has_table_privilege(c.oid, 'TRIGGER'), 'isOwner', pg_has_role(c.relowner, 'USAGE'),
          'mayMakeTemporary', has_database_privilege(current_database(), 'TEMPORARY') and not pg_is_in_recovery()
        ) as rights,
        exists (select from pg_extension where extname = 'hypopg') as "hasHypotheticalIndexes"
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = ${oid}::oid`;
    if (facts === undefined) return { table: null, similar: [] };
    const columns = await readColumns(sql, oid);
    const indexes = await readIndexes(sql, oid);
    return { table: { ...facts, columns, indexes, foreignKeys: await readForeignKeys(sql, oid) } };
  });
}

type Facts = Omit<TableReport, "columns" | "indexes" | "foreignKeys">;
type Named = { schema: string | null; name: string };

async function findTable(sql: TransactionSql, { schema, name }: Named): Promise<string | null> {
  const [found] = await sql<{ oid: string }[]>`
    select c.oid::text as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname in (${name}, lower(${name}))
      and case when ${schema}::text is null then n.nspname !~ '^pg_(toast|temp)' else n.nspname in (${schema}, lower(${schema})) end
    order by n.nspname = ${schema} desc nulls last, c.relname = ${name} desc, pg_table_is_visible(c.oid) desc, n.nspname limit 1`;
  return found?.oid ?? null;
}

/** Tables of the same name elsewhere, then those that share the begin of it or stand in the same schema. */
async function similarTo(sql: TransactionSql, { schema, name }: Named): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_'
      and n.nspname not in ('information_schema', 'weir', 'drizzle')
    order by lower(c.relname) = lower(${name}) desc, lower(left(c.relname, 3)) = lower(left(${name}, 3)) desc,
      n.nspname = ${schema} desc nulls last, n.nspname, c.relname limit 8`;
  return rows.map((row) => row.name);
}

const kinds = `case %.typtype when 'b' then 'base' when 'e' then 'enum' when 'c' then 'composite' when 'r' then 'range'
  when 'm' then 'multirange' when 'd' then 'domain' else 'pseudo' end`;

function readColumns(sql: TransactionSql, oid: string): Promise<TableColumn[]> {
  const kindOf = (alias: string) => sql.unsafe(kinds.replace("%", alias));
  return sql<TableColumn[]>`
    with recursive stored as (
      select a.attnum, a.atttypid as type, a.atttypmod as mod, t.typnotnull as "isNotNull"
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = ${oid}::oid and a.attnum > 0 and not a.attisdropped
      union all
      select s.attnum, t.typbasetype, t.typtypmod, s."isNotNull" or b.typnotnull
      from stored s join pg_type t on t.oid = s.type and t.typtype = 'd' join pg_type b on b.oid = t.typbasetype
    )
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      json_build_object('schema', bn.nspname, 'name', b.typname, 'kind', ${kindOf("b")},
        'length', case when b.typname in ('varchar', 'bpchar') and s.mod > 4 then s.mod - 4 end) as base,
      case when e.oid is not null then json_build_object('schema', en.nspname, 'name', e.typname, 'kind', ${kindOf("e")}) end
        as element,
      (select json_agg(l.enumlabel order by l.enumsortorder) from pg_enum l where l.enumtypid = b.oid) as labels,
      d.typtype = 'd' as "isDomain",
      (select x.extname from pg_depend p join pg_extension x on x.oid = p.refobjid
        where p.classid = 'pg_type'::regclass and p.objid = coalesce(e.oid, b.oid) and p.deptype = 'e'
          and p.refclassid = 'pg_extension'::regclass limit 1) as extension,
      a.attnotnull or s."isNotNull" as "isNotNull", pg_get_expr(f.adbin, f.adrelid) as default,
      a.attidentity <> '' as "isIdentity", a.attgenerated <> '' as "isGenerated",
      col_description(a.attrelid, a.attnum) as comment, coalesce(l.collisdeterministic, true) as "isDeterministic",
      has_column_privilege(a.attrelid, a.attnum, 'SELECT') as "mayRead"
    from pg_attribute a join stored s on s.attnum = a.attnum
    join pg_type b on b.oid = s.type and b.typtype <> 'd' join pg_namespace bn on bn.oid = b.typnamespace
    join pg_type d on d.oid = a.atttypid
    left join pg_type e on e.oid = b.typelem and b.typcategory = 'A' left join pg_namespace en on en.oid = e.typnamespace
    left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
    left join pg_collation l on l.oid = a.attcollation
    where a.attrelid = ${oid}::oid order by a.attnum`;
}

function readIndexes(sql: TransactionSql, oid: string): Promise<TableIndex[]> {
  return sql<TableIndex[]>`
    select i.relname as name, pg_get_indexdef(x.indexrelid) as definition, m.amname as method,
      x.indisunique as "isUnique", x.indisprimary as "isPrimary", x.indimmediate as "isImmediate",
      x.indisvalid and x.indisready as "isValid", pg_get_expr(x.indpred, x.indrelid) as predicate,
      coalesce((select sum(pg_relation_size(p.relid)) from pg_partition_tree(x.indexrelid) p), pg_relation_size(i.oid))::float8
        as bytes,
      coalesce(s.idx_scan, 0)::float8 as scans,
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
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
    left join pg_stat_user_indexes s on s.indexrelid = x.indexrelid
    where x.indrelid = ${oid}::oid order by x.indisprimary desc, i.relname`;
}

function readForeignKeys(sql: TransactionSql, oid: string): Promise<TableForeignKey[]> {
  return sql<TableForeignKey[]>`
    select k.conname as name, format('%I.%I', n.nspname, r.relname) as "referencedTable",
      (select json_agg(a.attname order by p.place) from unnest(k.conkey) with ordinality as p(number, place)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number) as columns,
      (select json_agg(a.attname order by p.place) from unnest(k.confkey) with ordinality as p(number, place)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.number) as "referencedColumns"
    from pg_constraint k join pg_class r on r.oid = k.confrelid join pg_namespace n on n.oid = r.relnamespace
    where k.conrelid = ${oid}::oid and k.contype = 'f' and (k.conparentid = 0 or k.conislocal) order by k.conname`;
}
