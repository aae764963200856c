import type { TransactionSql } from "postgres";
import { inTrial, type TableReport } from "./read-table";

/** A list in keyset pages, and the index that it wants. */
export type MeasuredList = {
  filter: string | null;
  /** Columns of the order, all in one direction. */
  sort: readonly string[];
  isDescending: boolean;
  index: readonly string[];
};

/** Plans in the format of EXPLAIN (FORMAT JSON). */
export type IndexMeasurement = {
  /** Of the table as it is, not run; null with `problem`. */
  before: unknown;
  /** With the index: not run with HypoPG; run on a copy, which `copyBefore` was too. Null where it could not be made. */
  after: unknown;
  copyBefore: unknown;
  how: "hypothetical" | "copy" | null;
  /** Rows of the copy. */
  copiedRows: number | null;
  /** Why something is missing. */
  problem: string | null;
};

const maxCopiedRows = 50_000;
const pageRows = 51;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

type Table = Pick<TableReport, "schema" | "name" | "rows" | "rights" | "hasHypotheticalIndexes" | "indexes">;

/**
 * What an index would do for each list, without one on the table: with HypoPG where it is installed, else on a temporary
 * copy of at most 50 000 sampled rows with the indexes that are there, which is dropped again. The table is only read, with no lock but that of a
 * SELECT, within 15 seconds for each statement.
 */
export function measureIndexes(url: string, table: Table, lists: readonly MeasuredList[]): Promise<IndexMeasurement[]> {
  return inTrial(url, async (sql) => {
    const place = `${quote(table.schema)}.${quote(table.name)}`;
    const copy = await makeCopy(sql, table, place, lists);
    const found: IndexMeasurement[] = [];
    for (const list of lists) {
      const measured = await within(sql, (inner) => measure(inner, table, place, list, copy));
      found.push("failed" in measured ? { ...nothing, problem: measured.failed } : measured.result);
    }
    return found;
  });
}

const nothing: IndexMeasurement = {
  before: null,
  after: null,
  copyBefore: null,
  how: null,
  copiedRows: null,
  problem: null,
};

/** Undone when it fails, so that the transaction goes on. */
async function within<Result>(
  sql: TransactionSql,
  work: (inner: TransactionSql) => Promise<Result>,
): Promise<{ result: Result } | { failed: string }> {
  try {
    // In an object, because `savepoint` awaits the elements of an array.
    return await sql.savepoint(async (inner) => ({ result: await work(inner) }));
  } catch (error) {
    if (error instanceof Error && "code" in error) return { failed: error.message };
    throw error;
  }
}

type Copy = { rows: number } | { problem: string };

async function makeCopy(
  sql: TransactionSql,
  table: Table,
  place: string,
  lists: readonly MeasuredList[],
): Promise<Copy> {
  if (!table.rights.mayMakeTemporary) return { problem: "the role may not create temporary tables here" };
  const columns = [...new Set(lists.flatMap(({ filter, sort, index }) => [filter, ...sort, ...index]))];
  const names = columns.flatMap((name) => (name === null ? [] : [quote(name)])).join(", ");
  const percent = table.rows === null ? 100 : Math.min(100, (130 * maxCopiedRows) / Math.max(1, table.rows));
  const sample = percent >= 100 ? "" : ` tablesample system (${percent})`;
  const made = await within(sql, async (inner) => {
    await inner.unsafe(
      `create temporary table weir_copy on commit drop as select ${names} from ${place}${sample} limit ${maxCopiedRows}`,
    );
    for (const { keys, method, predicate, isValid } of table.indexes) {
      const isCopied = keys.every(({ column }) => column !== null && columns.includes(column));
      if (method !== "btree" || predicate !== null || !isValid || !isCopied) continue;
      await inner.unsafe(`create index on pg_temp.weir_copy (${keys.map(({ text }) => text).join(", ")})`);
    }
    await inner.unsafe("analyze pg_temp.weir_copy");
    const [count] = await inner.unsafe<{ rows: number }[]>("select count(*)::int as rows from pg_temp.weir_copy");
    return count?.rows ?? 0;
  });
  return "failed" in made ? { problem: made.failed } : { rows: made.result };
}

async function measure(
  sql: TransactionSql,
  table: Table,
  place: string,
  list: MeasuredList,
  copy: Copy,
): Promise<IndexMeasurement> {
  const { filter, sort, isDescending, index } = list;
  const values = await rareValue(sql, place, filter, copy);
  const statement = (from: string): string =>
    `select * from ${from}${filter === null ? "" : ` where ${quote(filter)} = $1`}
     order by ${sort.map((column) => `${quote(column)}${isDescending ? " desc" : ""}`).join(", ")} limit ${pageRows}`;
  const explain = async (inner: TransactionSql, from: string, options: string): Promise<unknown> => {
    const [row] = await inner.unsafe(`explain (format json${options}) ${statement(from)}`, values);
    return Object.values(row ?? {})[0];
  };
  const before = await explain(sql, place, "");

  if (table.hasHypotheticalIndexes) {
    await sql`select hypopg_create_index(${`create index on ${place} (${index.map(quote).join(", ")})`})`;
    const after = await explain(sql, place, "");
    await sql`select hypopg_reset()`;
    return { ...nothing, before, after, how: "hypothetical" };
  }
  if ("problem" in copy) return { ...nothing, before, problem: copy.problem };
  if (copy.rows === 0) return { ...nothing, before, problem: "the table is empty" };
  const copied = "pg_temp.weir_copy";
  const copyBefore = await explain(sql, copied, ", analyze");
  const after = await within(sql, async (inner) => {
    await inner.unsafe(`create index weir_tried on ${copied} (${index.map(quote).join(", ")})`);
    const plan = await explain(inner, copied, ", analyze");
    await inner.unsafe("drop index pg_temp.weir_tried");
    return plan;
  });
  if ("failed" in after) return { ...nothing, before, problem: after.failed };
  return { before, copyBefore, after: after.result, how: "copy", copiedRows: copy.rows, problem: null };
}

/** A value that few rows have: without an index Postgres reads on until it has found a page of them. */
async function rareValue(sql: TransactionSql, place: string, filter: string | null, copy: Copy): Promise<string[]> {
  if (filter === null) return [];
  const from = "rows" in copy ? "pg_temp.weir_copy" : `(select ${quote(filter)} from ${place} limit 10000) as some`;
  const [found] = await sql.unsafe<{ value: string }[]>(
    `select ${quote(filter)}::text as value from ${from} where ${quote(filter)} is not null group by ${quote(filter)} order by count(*) limit 1`,
  );
  return [found?.value ?? "0"];
}
