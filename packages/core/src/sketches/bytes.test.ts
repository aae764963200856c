import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "./bytes";

describe("written bytes", () => {
  test("give back every whole number and text in order", () => {
    const item = fc.oneof(
      fc.maxSafeNat(),
      fc.nat({ max: 300 }),
      fc.constantFrom(2 ** 31, 2 ** 31 - 1),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const writer = new ByteWriter(1);
        for (const one of items) {
          if (typeof one === "string") writer.text(one);
          else writer.varint(one);
        }
        const reader = new ByteReader(writer.view());
        for (const one of items) expect(typeof one === "string" ? reader.text() : reader.varint()).toBe(one);
        expect(reader.done).toBe(true);
      }),
    );
  });

  test("cap a number that is too large to be exact", () => {
    const writer = new ByteWriter();
    writer.varint(Number.POSITIVE_INFINITY);
    expect(new ByteReader(writer.view()).varint()).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("are refused where they end too early or make a number too large", () => {
    expect(() => new ByteReader(Uint8Array.of()).varint()).toThrow(RangeError);
    expect(() => new ByteReader(Uint8Array.of(200)).varint()).toThrow(RangeError);
    expect(() => new ByteReader(Uint8Array.of(5, 65)).text()).toThrow(RangeError);
    expect(() => new ByteReader(new Uint8Array(40).fill(255)).varint()).toThrow(RangeError);
    expect(() => new ByteReader(Uint8Array.of(...Array.from({ length: 9 }, () => 255), 1)).varint()).toThrow(
      "too large",
    );
  });

  test("start afresh after clear", () => {
    const writer = new ByteWriter();
    writer.text("before");
    writer.clear();
    writer.varint(7);
    expect([...writer.view()]).toEqual([7]);
  });
});
