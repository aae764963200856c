import { asc, sql } from "drizzle-orm";
import type { Database } from "../database";
import { cacheOutbox, type platformOutbox } from "../schema";
import type { OutboxListener } from "./listener";
import { type Db, prepared, type Tx } from "../session";

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
