import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "./keyset-cursor";

test("a cursor survives its way through a URL, whatever its value is", () => {
  const values = fc.oneof(fc.string({ unit: "grapheme" }), fc.maxSafeInteger());
  fc.assert(
    fc.property(fc.string(), values, fc.maxSafeInteger(), (list, value, id) => {
      const text = encodeCursor({ list, value, id });
      expect(text).toMatch(/^[\w-]+$/);
      expect(decodeCursor(text, list)).toEqual({ list, value, id });
    }),
  );
});

test("a cursor of another list is none", () => {
  expect(decodeCursor(encodeCursor({ list: "JP/name", value: "a", id: 1 }), "JP/population")).toBeNull();
});

test("any other text is no cursor and raises nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(decodeCursor(text, "JP/name")).toBeNull();
    }),
  );
  for (const json of ["[]", "{}", '["x",1.5,2]', '["x",1,"2"]', '["x",null,2]', "null"]) {
    expect(decodeCursor(btoa(json).replaceAll("=", ""), "x")).toBeNull();
  }
});
