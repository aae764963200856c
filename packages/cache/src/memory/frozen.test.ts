import fc from "fast-check";
import { expect, test } from "vitest";
import { copyPlain, deepFreeze, notPlain } from "./frozen";

const anything = fc.anything({
  withDate: true,
  withNullPrototype: true,
  withSparseArray: true,
  withBoxedValues: true,
  withMap: true,
});

function isFrozen(value: unknown): boolean {
  return (
    typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen))
  );
}

test("a copy equals what JSON returns, including the order of keys, and is deeply frozen", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), anything), (value) => {
      const copy = copyPlain(value);
      fc.pre(copy !== notPlain);
      const json = JSON.stringify(value);
      expect(JSON.stringify(copy)).toBe(json);
      expect(copy).toStrictEqual(deepFreeze(JSON.parse(json)));
      expect(isFrozen(copy)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("every value from JSON is copied, except negative zero", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // JSON reads -0 and writes 0; a key that sets a prototype is not copied either.
      fc.pre(!JSON.stringify(value).includes("__proto__"));
      expect(copyPlain(JSON.parse(JSON.stringify(value)))).not.toBe(notPlain);
    }),
  );
});

test("the copy shares nothing with the original", () => {
  const own = { list: [{ id: 1 }] };
  const copy = copyPlain(own);
  own.list.push({ id: 2 });
  expect(copy).toEqual({ list: [{ id: 1 }] });
  expect(Object.isFrozen(own.list)).toBe(false);
});

test("values that JSON would change are not copied", () => {
  const itself: { inner?: unknown } = {};
  itself.inner = itself;
  const listed = Object.assign([1], { toJSON: () => "other" });
  for (const odd of [
    undefined,
    Number.NaN,
    -0,
    1n,
    new Date(),
    new Map(),
    { at: undefined },
    [undefined],
    itself,
    listed,
  ]) {
    expect(copyPlain(odd)).toBe(notPlain);
  }
  expect(copyPlain(JSON.parse('{"__proto__":{"a":1}}'))).toBe(notPlain);
});
