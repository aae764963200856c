import { expect, test } from "vitest";
import { defineTags, type TouchedRows } from "./tags";

type Order = { id: number; shop: string };
const orderTags = defineTags(
  { order: (id: number) => id, shop: (name: string) => name, orders: () => "all" },
  (order: Order, tag) => [tag.order(order.id), tag.shop(order.shop), tag.orders()],
);

test("a tag is its family and its member", () => {
  expect(orderTags.tag.order(42)).toBe("order:42");
  expect(orderTags.tag.orders()).toBe("orders:all");
  expect(orderTags.families).toEqual(["order", "shop", "orders"]);
});

test("the tags of a row name the row and every list that includes it", () => {
  expect(orderTags.tagsOf({ id: 7, shop: "north" })).toEqual(["order:7", "shop:north", "orders:all"]);
});

test("a family that would be read as another is refused", () => {
  expect(() => defineTags({ "order:old": () => "all" }, () => [])).toThrow(RangeError);
});

test("tags of other features and misspelt families do not compile", () => {
  let calls = 0;
  const touched: TouchedRows<ReturnType<typeof orderTags.tagsOf>[number], Order> = {
    tags: () => void (calls += 1),
    row: () => void (calls += 1),
  };
  touched.tags("order:1");
  // @ts-expect-error -- no such family
  touched.tags("orderr:1");
  // @ts-expect-error -- a row of another table
  touched.row({ id: 1, folder: "work" }, null);
  // @ts-expect-error -- the family's own argument
  orderTags.tag.order("42");
  expect(calls).toBe(3);
});
