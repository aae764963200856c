import { sql } from "drizzle-orm";
import type { Tx } from "./session";

/**
 * Runs `load` on a table without its indexes and foreign keys and makes them again as they were: a third of the time
 * when all of its rows are new. For a table that nobody reads yet, since it stays locked until the transaction ends.
 * `onRebuilt` hears how many are done.
 */
export async function withoutIndexes(
  tx: Tx,
  table: string,
  load: () => Promise<void>,
  onRebuilt: (done: number, total: number) => void,
): Promise<void> {
  // Statements made by Postgres itself, with every name quoted where it must be.
  const parts = await tx.execute<{ remove: string; restore: string }>(sql`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as remove,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as restore
    from pg_constraint where conrelid = ${table}::regclass and contype = 'f'
    union all
    select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    from pg_index
    where indrelid = ${table}::regclass and not exists (select from pg_constraint where conindid = indexrelid)`);

  for (const { remove } of parts) await tx.execute(sql.raw(remove));
  await load();
  for (const [index, { restore }] of parts.entries()) {
    await tx.execute(sql.raw(restore));
    onRebuilt(index + 1, parts.length);
  }
}
