import { asc, sql } from "drizzle-orm";
import type { Database } from "../database";
import { cacheOutbox, type platformOutbox } from "../schema";
import type { OutboxListener } from "./listener";
import { type Db, type DbOrTx, prepared, type Tx } from "../session";

type Mode = "purge" | "expire";

export type Outbox = {
  /**
   * Runs `work` in a transaction of `db` and writes the touched tags in the same transaction: either both are committed
   * or neither is. `outboxId` is null when nothing was touched. Rejects when the outcome of the commit is unknown; the
   * row, if it was committed, is then returned by `pending`.
   */
  transact: <Result>(
    db: Db,
    work: (tx: Tx) => Promise<Result>,
    tagsTouched: () => { tags: readonly string[]; mode: Mode } | null,
  ) => Promise<{ result: Result; outboxId: string | null }>;
  /** Committed rows, oldest first, at most `limit`. */
  pending: (limit: number) => Promise<{ id: string; tags: string[]; mode: Mode }[]>;
  /** Deletes rows; unknown IDs are ignored. */
  settle: (ids: readonly string[]) => Promise<void>;
  /** `OutboxListener.watch`, where there is a listener. */
  watch?: OutboxListener["watch"];
};

/**
 * Invalidations stored beside the writes they belong to (rule C4), in `table`: by default the one that an application
 * has among its own tables. With a `listener`, the rows of other writers are heard of on their commit.
 */
export function createOutbox(
  { db: reader }: Pick<Database, "db">,
  table: typeof cacheOutbox | typeof platformOutbox = cacheOutbox,
  listener?: OutboxListener,
): Outbox {
  const own = "isOwn" in table ? { isOwn: true } : {};
  const pending = prepared(reader, "outbox.pending", (on) =>
    on
      .select({ id: table.id, tags: table.tags, mode: table.mode })
      .from(table)
      .orderBy(asc(table.id))
      .limit(sql.placeholder("limit")),
  );
  const settle = prepared(reader, "outbox.settle", (on) =>
    on.delete(table).where(sql`${table.id} = any(${sql.placeholder("ids")}::bigint[])`),
  );

  return {
    transact: (db, work, tagsTouched) =>
      db.transaction(async (tx) => {
        const result = await work(tx);
        const touched = tagsTouched();
        if (touched === null || touched.tags.length === 0) return { result, outboxId: null };
        const add = prepared(tx, "outbox.add", (on) =>
          on
            .insert(table)
            .values({ tags: [...touched.tags], mode: touched.mode, ...own })
            .returning({ id: table.id }),
        );
        const rows = await add.execute();
        return { result, outboxId: rows.map(({ id }) => String(id))[0] ?? null };
      }),
    pending: async (limit) => {
      const rows = await pending.execute({ limit });
      return rows.map(({ id, tags, mode }) => ({ id: String(id), tags, mode }));
    },
    settle: async (ids) => {
      if (ids.length > 0) await settle.execute({ ids });
    },
    ...(listener === undefined ? {} : { watch: listener.watch }),
  };
}

export type OutboxStatus = {
  /** Committed rows that no node has applied yet; counted up to 10 000. */
  readonly waiting: number;
  /** The age of the oldest of them, from the begin of its transaction; null without one. */
  readonly oldestMs: number | null;
  /** What keeps rows from being written or applied, a sentence each. */
  readonly problems: readonly string[];
};

type StatusRow = {
  waiting: number;
  oldestMs: number | null;
  maySweep: boolean;
  owner: string | null;
  ownerMayWrite: boolean | null;
  isOpen: boolean | null;
  queueUsage: number;
};

/** The state of the platform's outbox and of the privileges around it. */
export async function readOutboxStatus(db: DbOrTx): Promise<OutboxStatus> {
  const [row] = await db.execute<StatusRow>(sql`
    select (select count(*)::int from (select from weir.cache_outbox limit 10000) as counted) as waiting,
      (select extract(epoch from clock_timestamp() - created_at)::float8 * 1000 from weir.cache_outbox
        order by id limit 1) as "oldestMs",
      has_table_privilege('weir.cache_outbox', 'SELECT') and has_table_privilege('weir.cache_outbox', 'DELETE') as "maySweep",
      touch.owner, has_table_privilege(touch.owner, 'weir.cache_outbox', 'INSERT') as "ownerMayWrite",
      has_function_privilege('public', touch.id, 'EXECUTE') as "isOpen",
      pg_notification_queue_usage() as "queueUsage"
    from (values (to_regprocedure('weir.weir_touch()')::oid)) as wanted (id)
      left join lateral (select p.oid as id, pg_get_userbyid(p.proowner) as owner from pg_proc p where p.oid = wanted.id)
        as touch on true`);
  if (row === undefined) throw new TypeError("The status of the outbox has no row.");
  const { waiting, oldestMs, maySweep, owner, ownerMayWrite, isOpen, queueUsage } = row;
  const problems: string[] = [];
  if (!maySweep) {
    problems.push("This role may not apply the rows of the outbox: GRANT SELECT, DELETE ON weir.cache_outbox to it.");
  }
  if (ownerMayWrite === false) {
    problems.push(
      `Writes to tables with a trigger fail: ${owner}, the owner of weir.weir_touch(), may not write the outbox. GRANT INSERT ON weir.cache_outbox TO "${owner}"`,
    );
  }
  if (isOpen === true) {
    problems.push(
      "Every role may attach weir.weir_touch() to its tables: REVOKE EXECUTE ON FUNCTION weir.weir_touch() FROM PUBLIC",
    );
  }
  if (queueUsage >= 0.5) {
    problems.push(
      `Postgres' queue of notifications is ${Math.round(100 * queueUsage)} % full, so commits no longer notify. A session that listens has been in a transaction for long: see pg_stat_activity.`,
    );
  }
  return { waiting, oldestMs, problems };
}
