import { expect, test } from "vitest";
import { familiesOf } from "./outcomes";

test("familiesOf names each family of an entry's tags once, and neither its key nor its group", () => {
  const marks = ["g:city.list", "k:city.list:de", "t:country:DE", "t:city:1", "t:city:2", "t:everything"];
  expect(familiesOf(marks)).toEqual(["city:*", "country:*", "everything"]);
  expect(familiesOf(["g:city.list", "k:city.list:de"])).toBeUndefined();
});

test("entries with the same families share one list, whatever the order of their tags", () => {
  expect(familiesOf(["t:city:1", "t:country:DE"])).toBe(familiesOf(["t:country:FR", "t:city:2"]));
});

test("familiesOf finds families whatever comes between their tags", () => {
  const alternating = ["t:city:1", "t:country:DE", "t:city:2", "t:country:FR", "t:all", "t:allies"];
  expect(familiesOf(alternating)).toEqual(["all", "allies", "city:*", "country:*"]);
  expect(familiesOf(["t:all", "t:city:3", "t:allies", "t:country:IT"])).toBe(familiesOf([...alternating]));
});
