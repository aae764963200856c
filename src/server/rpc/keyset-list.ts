import { CursorError, decodeCursor, encodeCursor, isKeysetId, type KeysetId } from "@weir/core/keyset-cursor";
import type { KeysetPage } from "@weir/postgres";

/** A page of a list; `nextCursor` is null on the last one. */
export type Page<Item> = { items: Item[]; nextCursor: string | null };

type Value = string | number | boolean;
type PageInput<Order extends string> = { order: Order; cursor?: string | null | undefined; limit: number };

/** What a column holds that a list is ordered by. */
export type OrderType = "text" | "integer" | "smallint" | "bigint" | "uuid" | "date" | "timestamp";

/** A value of an item, and the type of its column. */
type ItemValue<Item> = { type: OrderType; of: (item: Item) => string | number };

export type KeysetListOptions<Item, Order extends string, Filter extends string> = {
  orders: Readonly<Record<Order, ItemValue<Item>>>;
  /** The parts of the ID, in the order that `prepareKeyset` takes them. */
  id: readonly ItemValue<Item>[];
  /** The fields of the input that filter. */
  filters: readonly Filter[];
};

/** Whether it is a whole number that this many bits hold. */
const isInt = (value: unknown, bits: number): boolean =>
  Number.isInteger(value) && Number(value) >= -(2 ** (bits - 1)) && Number(value) < 2 ** (bits - 1);

/** Whether the day exists; Postgres refuses one that does not. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && year < 200_000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const uuidShape = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
/** Postgres writes a bigint without leading zeros and reads 19 digits at most. */
const isBigint = (text: string): boolean =>
  /^-?(?:0|[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
const dayShape = /^(\d{4,6})-(\d\d)-(\d\d)/;
const timeShape = /^[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/;

/** Cursors are not signed: whatever arrives in one must be a value that Postgres accepts for the column. */
function isOfType(value: string | number, type: OrderType): boolean {
  if (type === "integer") return isInt(value, 32);
  if (type === "smallint") return isInt(value, 16);
  if (typeof value !== "string") return false;
  if (type === "bigint") return isBigint(value);
  if (type === "uuid") return uuidShape.test(value);
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
export function keysetList<Item, Order extends string, Filter extends string>({
  orders,
  id,
  filters,
}: KeysetListOptions<Item, Order, Filter>) {
  type Key = KeysetPage<Order, Filter, KeysetId>;
  const isId = isKeysetId(id.length);
  const [only, ...more] = id;
  const idOf =
    only !== undefined && more.length === 0 ? only.of : (item: Item): KeysetId => id.map(({ of }) => of(item));
  /** Whether each part is a value that its column can hold. */
  const isOfItem = (given: KeysetId): boolean => {
    const parts = [given].flat();
    return id.every(({ type }, place) => isOfType(parts[place] ?? "", type));
  };
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
      const cursor = decodeCursor(text, nameOf({ order, filter }), isId);
      if (cursor === null || !isOfType(cursor.value, orders[order].type) || !isOfItem(cursor.id)) {
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
      return {
        items,
        nextCursor: encodeCursor({ list: nameOf(key), value: orders[key.order].of(last), id: idOf(last) }),
      };
    },
  };
}
