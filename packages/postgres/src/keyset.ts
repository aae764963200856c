import type { KeysetId } from "@weir/core/keyset-cursor";
import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { PgColumn, PgSelect } from "drizzle-orm/pg-core";
import { type Db, type DbOrTx, prepared } from "./session";

/** One page of a list: at most `limit` rows after the row with this value and ID, or from the start. */
export type KeysetPage<Order extends string, Filter extends string, Id extends KeysetId = number> = {
  readonly order: Order;
  /** Rows with this value in the column; at most one filter, because each pair of filter and order has an index. */
  readonly filter: { readonly name: Filter; readonly value: string | number | boolean } | null;
  readonly after: { readonly value: string | number; readonly id: Id } | null;
  readonly limit: number;
};

export type KeysetOptions<Select extends PgSelect, Order extends string, Filter extends string> = {
  /** `(on) => on.select(fields).from(table).$dynamic()` */
  select: (on: DbOrTx) => Select;
  /** Unique; decides between rows with the same value. Several columns for a key of several parts. */
  id: PgColumn | readonly PgColumn[];
  /** Columns that are never null. */
  orders: Readonly<Record<Order, { column: PgColumn; direction: "asc" | "desc" }>>;
  filters: Readonly<Record<Filter, PgColumn>>;
};

const given = sql.placeholder;

/**
 * Prepares a list that is read in keyset pages: however far a reader goes, a page costs one range of an index. There is a
 * statement for each order, alone and with each filter, for the first page and for the ones after it; each wants an index
 * on its filter, the column of its order and the ID, in either direction. A column that is both is compared once. Called
 * at the start (rule D3).
 *
 * The function it returns resolves with the rows in order, fewer than `limit` at the end of the list, and rejects with a
 * RangeError for an order or a filter that the list does not have.
 */
export function prepareKeyset<Select extends PgSelect, Order extends string, Filter extends string>(
  db: Db,
  name: string,
  { select, id, orders, filters }: KeysetOptions<Select, Order, Filter>,
): (page: KeysetPage<Order, Filter, KeysetId>) => Promise<Select["_"]["result"]> {
  const ids: readonly PgColumn[] = Array.isArray(id) ? id : [id];
  const prepare = (order: Order, filter: Filter | null, isFirst: boolean) => {
    const { column, direction } = orders[order];
    const [compare, by] = direction === "asc" ? [sql`>`, asc] : [sql`<`, desc];
    const columns = [
      { column, value: given("value") },
      ...ids.flatMap((one, place) => (one === column ? [] : [{ column: one, value: given(`id${place}`) }])),
    ];
    const listed = (what: "column" | "value") =>
      sql.join(
        columns.map((one) => sql`${one[what]}`),
        sql`, `,
      );
    const parts = [name, order, filter, isFirst ? null : "after"].filter((part) => part !== null);
    return prepared(db, parts.join("."), (on) =>
      select(on)
        .where(
          and(
            filter === null ? undefined : eq(filters[filter], given("filter")),
            isFirst ? undefined : sql`(${listed("column")}) ${compare} (${listed("value")})`,
          ),
        )
        .orderBy(...columns.map((one) => by(one.column)))
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
    const values: Record<string, unknown> = { limit, filter: filter?.value, value: after?.value };
    if (after !== null) for (const [place, part] of [after.id].flat().entries()) values[`id${place}`] = part;
    return statement.execute(values);
  };
}
