import { CursorError, decodeCursor, encodeCursor } from "@weir/core/keyset-cursor";
import type { KeysetPage } from "@weir/postgres";

/** A page of a list; `nextCursor` is null on the last one. */
export type Page<Item> = { items: Item[]; nextCursor: string | null };

type Value = string | number | boolean;
type PageInput<Order extends string> = { order: Order; cursor?: string | null | undefined; limit: number };

/** What a column holds that a list is ordered by. */
export type OrderType = "text" | "integer" | "date" | "timestamp";

export type KeysetListOptions<Item, Order extends string, Filter extends string> = {
  /** The value of an item in each order, and the type of its column. */
  orders: Readonly<Record<Order, { type: OrderType; of: (item: Item) => string | number }>>;
  /** The fields of the input that filter. */
  filters: readonly Filter[];
};

const isInt4 = (value: unknown): boolean => Number.isInteger(value) && Math.abs(Number(value)) <= 2_147_483_647;

/** Whether the day exists; Postgres refuses one that does not. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && year < 200_000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const dayShape = /^(\d{4,6})-(\d\d)-(\d\d)/;
const timeShape = /^[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/;

/** Cursors are not signed: whatever arrives in one must be a value that Postgres accepts for the column. */
function isOfType(value: string | number, type: OrderType): boolean {
  if (type === "integer") return isInt4(value);
  if (typeof value !== "string") return false;
  // A decoded cursor has only text that Postgres can store.
  if (type === "text") return true;
  if (/^-?infinity$/.test(value)) return true;
  const text = value.replace(/ BC$/, "");
  const [begin = "", year, month, day] = dayShape.exec(text) ?? [];
  const rest = text.slice(begin.length);
  return (
    isDay(Number(year), Number(month), Number(day)) && (rest === "" || (type === "timestamp" && timeShape.test(rest)))
  );
}

/** What every cached list in keyset pages does with its input, its key and its rows. */
export function keysetList<Item extends { id: number }, Order extends string, Filter extends string>({
  orders,
  filters,
}: KeysetListOptions<Item, Order, Filter>) {
  type Key = KeysetPage<Order, Filter>;
  // As JSON, because a filter's value is a text from outside that could contain any separator.
  const nameOf = ({ order, filter }: Pick<Key, "order" | "filter">): string =>
    JSON.stringify([order, filter?.name, filter?.value]);
  type Filters = Readonly<Partial<Record<Filter, Value | undefined>>>;
  /** The filter that an input names; null without one. */
  const filterOf = (input: Filters): Key["filter"] => {
    const name = filters.find((one) => input[one] !== undefined);
    const value = name === undefined ? undefined : input[name];
    return name === undefined || value === undefined ? null : { name, value };
  };

  return {
    filterOf,

    /** @throws WeirError CURSOR_INVALID for a cursor of another list, or one whose value no row can have */
    toKey: (input: PageInput<Order> & Filters): Key => {
      const { order, cursor: text, limit } = input;
      const filter = filterOf(input);
      if (text === null || text === undefined) return { order, filter, limit, after: null };
      const cursor = decodeCursor(text, nameOf({ order, filter }));
      if (cursor === null || !isOfType(cursor.value, orders[order].type) || !isInt4(cursor.id)) {
        throw new CursorError("CURSOR_INVALID");
      }
      return { order, filter, limit, after: { value: cursor.value, id: cursor.id } };
    },

    /** The key of the cache entry. */
    keyText: ({ order, filter, limit, after }: Key): string =>
      JSON.stringify([order, filter?.name, filter?.value, limit, after?.id, after?.value]),

    /** The page, from one row more than it shows: if that row is there, a next page is. */
    toPage: (key: Key, rows: readonly Item[]): Page<Item> => {
      const items = rows.slice(0, key.limit);
      const last = items.at(-1);
      if (rows.length <= key.limit || last === undefined) return { items, nextCursor: null };
      return { items, nextCursor: encodeCursor({ list: nameOf(key), value: orders[key.order].of(last), id: last.id }) };
    },
  };
}
