import { eq, sql } from "drizzle-orm";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { type Database, type Db, prepared, type Tx } from "@weir/postgres";

const counters = pgTable("bench_counters", {
  id: integer("id").primaryKey(),
  n: integer("n").notNull().default(0),
});

/** Every counter at zero. */
export async function createCounters({ db }: Database, count: number): Promise<void> {
  await db.execute(sql`create table bench_counters (id integer primary key, n integer not null default 0)`);
  await db.execute(sql`insert into bench_counters select generate_series(0, ${count - 1}), 0`);
}

export async function readAllCounters({ db }: Database): Promise<Map<number, number>> {
  const rows = await db.select().from(counters);
  return new Map(rows.map(({ id, n }) => [id, n]));
}

export type Counters = {
  read: (id: number) => Promise<number | null>;
  readMany: (ids: readonly number[]) => Promise<Map<number, number>>;
  /** Resolves to the counter's new value. */
  bump: (on: Db | Tx, id: number) => Promise<number>;
};

export function openCounters({ db }: Database): Counters {
  const read = prepared(db, "bench.counter", (on) =>
    on
      .select({ n: counters.n })
      .from(counters)
      .where(eq(counters.id, sql.placeholder("id"))),
  );
  const readMany = prepared(db, "bench.counters", (on) =>
    on
      .select()
      .from(counters)
      .where(sql`${counters.id} = any(${sql.placeholder("ids")}::int[])`),
  );
  return {
    readMany: async (ids) => new Map((await readMany.execute({ ids })).map(({ id, n }) => [id, n])),
    read: async (id) => (await read.execute({ id }))[0]?.n ?? null,
    bump: async (on, id) => {
      const rows = await on
        .update(counters)
        .set({ n: sql`${counters.n} + 1` })
        .where(eq(counters.id, id))
        .returning({ n: counters.n });
      const [row] = rows;
      if (row === undefined) throw new RangeError(`Unknown counter ${id}.`);
      return row.n;
    },
  };
}
