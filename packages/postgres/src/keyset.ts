import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { PgColumn, PgSelect } from "drizzle-orm/pg-core";
import { type Db, type DbOrTx, prepared } from "./session";

/** One page of a list: at most `limit` rows after the row with this value and ID, or from the start. */
export type KeysetPage<Order extends string, Filter extends string> = {
  readonly order: Order;
  /** Rows with this value in the column; at most one filter, because each pair of filter and order has an index. */
  readonly filter: { readonly name: Filter; readonly value: string | number | boolean } | null;
  readonly after: { readonly value: string | number; readonly id: number } | null;
  readonly limit: number;
};

export type KeysetOptions<Select extends PgSelect, Order extends string, Filter extends string> = {
  /** `(on) => on.select(fields).from(table).$dynamic()` */
  select: (on: DbOrTx) => Select;
  /** Unique; decides between rows with the same value. */
  id: PgColumn;
  /** Columns that are never null. */
  orders: Readonly<Record<Order, { column: PgColumn; direction: "asc" | "desc" }>>;
  filters: Readonly<Record<Filter, PgColumn>>;
};

const given = sql.placeholder;

/**
 * Prepares a list that is read in keyset pages: however far a reader goes, a page costs one range of an index. There is a
 * statement for each order, alone and with each filter, for the first page and for the ones after it; each wants an index
 * on its filter, the column of its order and the ID, in either direction. Called at the start (rule D3).
 *
 * The function it returns resolves with the rows in order, fewer than `limit` at the end of the list, and rejects with a
 * RangeError for an order or a filter that the list does not have.
 */
export function prepareKeyset<Select extends PgSelect, Order extends string, Filter extends string>(
  db: Db,
  name: string,
  { select, id, orders, filters }: KeysetOptions<Select, Order, Filter>,
): (page: KeysetPage<Order, Filter>) => Promise<Select["_"]["result"]> {
  const prepare = (order: Order, filter: Filter | null, isFirst: boolean) => {
    const { column, direction } = orders[order];
    const [compare, by] = direction === "asc" ? [sql`>`, asc] : [sql`<`, desc];
    const parts = [name, order, filter, isFirst ? null : "after"].filter((part) => part !== null);
    return prepared(db, parts.join("."), (on) =>
      select(on)
        .where(
          and(
            filter === null ? undefined : eq(filters[filter], given("filter")),
            isFirst ? undefined : sql`(${column}, ${id}) ${compare} (${given("value")}, ${given("id")})`,
          ),
        )
        .orderBy(by(column), by(id))
        .limit(given("limit")),
    );
  };
  const nameOf = (order: string, filter: string | null, isFirst: boolean): string => `${order}/${filter}/${isFirst}`;
  const statements = new Map<string, ReturnType<typeof prepare>>();
  // The keys of the records are their own types.
  for (const order of Object.keys(orders) as Order[]) {
    for (const filter of [null, ...(Object.keys(filters) as Filter[])]) {
      for (const isFirst of [true, false])
        statements.set(nameOf(order, filter, isFirst), prepare(order, filter, isFirst));
    }
  }

  return async ({ order, filter, after, limit }) => {
    const statement = statements.get(nameOf(order, filter?.name ?? null, after === null));
    if (statement === undefined) throw new RangeError(`${name} has no order ${order} with the filter ${filter?.name}.`);
    return statement.execute({ limit, filter: filter?.value, value: after?.value, id: after?.id });
  };
}
