import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdOrder } from "./row-order";

describe("holdOrder", () => {
  it("keeps rows in place, puts new ones last and drops removed ones", () => {
    expect(holdOrder(["a", "b", "c"], ["c", "d", "a"])).toEqual(["a", "c", "d"]);
  });

  it("shows exactly the current rows, once each, and is stable", () => {
    const keys = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: 12 });
    fc.assert(
      fc.property(keys, keys, (held, now) => {
        const order = holdOrder(held, now);
        expect(order.toSorted()).toEqual(now.toSorted());
        expect(holdOrder(order, now.toReversed())).toEqual(order);
      }),
    );
  });
});
