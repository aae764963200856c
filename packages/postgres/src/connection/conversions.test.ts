import fc from "fast-check";
import { expect, test } from "vitest";
import { formatArray, parseArray } from "./conversions";

const asItIs = (element: string): string => element;

test("it reads what Postgres writes", () => {
  expect(parseArray("{}", asItIs)).toEqual([]);
  expect(parseArray("{1,-2,NULL,3}", Number)).toEqual([1, -2, null, 3]);
  const texts = parseArray('{a,"b,c","",NULL,"NULL","q\\"uote","back\\\\slash","{x}"}', asItIs);
  expect(texts).toEqual(["a", "b,c", "", null, "NULL", 'q"uote', "back\\slash", "{x}"]);
  expect(parseArray("{{1,2},{3,NULL}}", Number)).toEqual([
    [1, 2],
    [3, null],
  ]);
  expect(parseArray("[0:1]={7,8}", Number)).toEqual([7, 8]);
});

test("what was formatted is read as it was", () => {
  const element = fc.option(fc.oneof(fc.string(), fc.constantFrom("NULL", "null", "", '"', "\\", "{", "}", ",", " ")));
  const anyArray = fc.array(fc.oneof(element, fc.array(element, { minLength: 1 })));
  fc.assert(
    fc.property(anyArray, (values) => {
      expect(parseArray(formatArray(values), asItIs)).toEqual(values);
    }),
  );
});
