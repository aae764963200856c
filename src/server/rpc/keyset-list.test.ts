import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "@weir/core/keyset-cursor";
import { keysetList, type OrderType } from "./keyset-list";
import { cursorText, typedText } from "./zod";

type Row = { id: number; name: string; count: number; at: string; day: string; shop: string };
const pages = keysetList({
  orders: {
    name: { type: "text", of: (row: Row) => row.name },
    count: { type: "integer", of: (row: Row) => row.count },
    at: { type: "timestamp", of: (row: Row) => row.at },
    day: { type: "date", of: (row: Row) => row.day },
  },
  id: [{ type: "integer", of: (row: Row) => row.id }],
  filters: ["shop"],
});
const rowOf = (id: number): Row => ({
  id,
  name: `n${id}`,
  count: id,
  at: "2026-11-30 21:00:00.5+00",
  day: "2026-11-30",
  shop: "a",
});

/** The name of the list without a filter, as its cursors carry it. */
const listOf = (order: string): string => JSON.stringify([order, undefined, undefined]);

test("a page has a next one when a row more was read, and its cursor continues after its last row", () => {
  const key = pages.toKey({ order: "count", limit: 2, shop: "a" });
  const page = pages.toPage(key, [rowOf(1), rowOf(2), rowOf(3)]);
  expect(page.items.map(({ id }) => id)).toEqual([1, 2]);
  expect(pages.toKey({ order: "count", limit: 2, shop: "a", cursor: page.nextCursor })).toEqual({
    order: "count",
    filter: { name: "shop", value: "a" },
    limit: 2,
    after: { value: 2, id: 2 },
  });
  expect(pages.toPage(key, [rowOf(1), rowOf(2)]).nextCursor).toBeNull();
});

test("a cursor belongs to one order and one filter", () => {
  const { nextCursor } = pages.toPage(pages.toKey({ order: "count", limit: 1, shop: "a" }), [rowOf(1), rowOf(2)]);
  expect(() => pages.toKey({ order: "name", limit: 1, shop: "a", cursor: nextCursor })).toThrow(/cursor/);
  expect(() => pages.toKey({ order: "count", limit: 1, shop: "b", cursor: nextCursor })).toThrow(/cursor/);
  expect(() => pages.toKey({ order: "count", limit: 1, cursor: nextCursor })).toThrow(/cursor/);
});

describe("a cursor whose value no column of its order can hold is refused", () => {
  const refused: [OrderType, string | number][] = [
    ["text", "a\0b"],
    ["text", "\ud83d"],
    ["text", 5],
    ["integer", "5"],
    ["integer", 2 ** 31],
    ["date", "2026-02-30"],
    ["date", "2026-13-01"],
    ["date", "today"],
    ["timestamp", "2026-11-30 24:61:00+00"],
    ["timestamp", "now"],
    ["timestamp", 0],
  ];
  const orderOf: Partial<Record<OrderType, "name" | "count" | "day" | "at">> = {
    text: "name",
    integer: "count",
    date: "day",
    timestamp: "at",
  };
  test.each(refused)("%s %o", (type, value) => {
    const order = orderOf[type];
    if (order === undefined) throw new TypeError(`No order of type ${type}.`);
    const cursor = encodeCursor({ list: listOf(order), value, id: 1 });
    expect(() => pages.toKey({ order, limit: 1, cursor })).toThrow(/cursor/);
  });
  test.each([
    ["day", "2024-02-29"],
    ["day", "infinity"],
    ["at", "2026-11-30 21:00:00.123456+05:30"],
    ["at", "0044-03-15 00:00:00+00 BC"],
  ] as const)("but not %s %s", (order, value) => {
    const cursor = encodeCursor({ list: listOf(order), value, id: 1 });
    expect(pages.toKey({ order, limit: 1, cursor }).after).toEqual({ value, id: 1 });
  });
});

describe("an ID of several parts", () => {
  type Part = { lot: string; piece: number; token: string };
  const parts = keysetList({
    orders: { lot: { type: "bigint", of: (row: Part) => row.lot } },
    id: [
      { type: "bigint", of: (row: Part) => row.lot },
      { type: "smallint", of: (row: Part) => row.piece },
      { type: "uuid", of: (row: Part) => row.token },
    ],
    filters: [],
  });
  const token = "0d4ab5b2-6d8c-4c62-9d0e-0d4ab5b26d8c";
  const list = JSON.stringify(["lot", undefined, undefined]);

  test("continues after the last row", () => {
    const row = { lot: "-9223372036854775808", piece: -32_768, token };
    const { nextCursor } = parts.toPage(parts.toKey({ order: "lot", limit: 1 }), [row, row]);
    const { after } = parts.toKey({ order: "lot", limit: 1, cursor: nextCursor });
    expect(after).toEqual({ value: row.lot, id: [row.lot, row.piece, row.token] });
  });

  test.each<[string | number, unknown]>([
    ["1", 7],
    ["1", ["1", 2]],
    ["1", ["1", 2, token, 4]],
    ["1", ["1", 32_768, token]],
    ["1", ["9223372036854775808", 2, token]],
    ["1", ["01", 2, token]],
    ["1", ["1", 2, "0d4ab5b2"]],
    ["1", ["1", 2, ["x"]]],
    [1, ["1", 2, token]],
  ])("is refused where a part is none of its column: %o %o", (value, id) => {
    // As it arrives from outside.
    const cursor = encodeCursor({ list, value, id: id as number });
    expect(() => parts.toKey({ order: "lot", limit: 1, cursor })).toThrow(/cursor/);
  });
});

test("two keys share an entry only if they read the same page", () => {
  const key = fc.record({
    order: fc.constantFrom("name" as const, "count" as const),
    filter: fc.option(fc.record({ name: fc.constant("shop" as const), value: fc.string() })),
    limit: fc.integer({ min: 1, max: 100 }),
    after: fc.option(fc.record({ value: fc.oneof(fc.string(), fc.integer()), id: fc.integer({ min: 1 }) })),
  });
  fc.assert(
    fc.property(key, key, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(pages.keyText(one) === pages.keyText(other)).toBe(isSame);
    }),
  );
});

test("a filter's value cannot imitate another page", () => {
  const one = pages.keyText({
    order: "name",
    filter: { name: "shop", value: "a" },
    limit: 5,
    after: { id: 3, value: "b/count/7" },
  });
  const other = pages.keyText({
    order: "count",
    filter: { name: "shop", value: "a/name/5/3/b" },
    limit: 7,
    after: null,
  });
  expect(one).not.toBe(other);
});

test("every cursor that a page hands out is short enough for the input", () => {
  const longest = "\u{1f600}".repeat(100);
  const { nextCursor } = pages.toPage(pages.toKey({ order: "name", limit: 1, shop: longest }), [
    { ...rowOf(2_147_483_647), name: longest },
    rowOf(1),
  ]);
  expect(decodeCursor(nextCursor ?? "", JSON.stringify(["name", "shop", longest]))).not.toBeNull();
  expect(nextCursor?.length).toBeLessThanOrEqual(1_200);
});

test.each(["\u4e16", '"', "\\", "\u{1f600}"])(
  "the cursor of the longest texts is accepted, if these consist of %s",
  (one) => {
    const longest = one.repeat(200 / one.length);
    expect(typedText(200).safeParse(longest).success).toBe(true);
    const row = { ...rowOf(2_147_483_647), name: longest, shop: longest };
    const { nextCursor } = pages.toPage(pages.toKey({ order: "name", limit: 1, shop: longest }), [row, rowOf(1)]);
    expect(cursorText.safeParse(nextCursor).error).toBeUndefined();
    expect(pages.toKey({ order: "name", limit: 1, shop: longest, cursor: nextCursor }).after?.value).toBe(longest);
  },
);
