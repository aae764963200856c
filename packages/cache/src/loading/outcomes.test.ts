import { expect, test } from "vitest";
import { familiesOf } from "./outcomes";

test("familiesOf names each family of an entry's tags once, and neither its key nor its group", () => {
  const marks = ["g:note.list", "k:note.list:de", "t:folder:DE", "t:note:1", "t:note:2", "t:everything"];
  expect(familiesOf(marks)).toEqual(["everything", "folder:*", "note:*"]);
  expect(familiesOf(["g:note.list", "k:note.list:de"])).toBeUndefined();
});

test("entries with the same families share one list, whatever the order of their tags", () => {
  expect(familiesOf(["t:note:1", "t:folder:DE"])).toBe(familiesOf(["t:folder:FR", "t:note:2"]));
});

test("familiesOf finds families whatever comes between their tags", () => {
  const alternating = ["t:note:1", "t:folder:DE", "t:note:2", "t:folder:FR", "t:all", "t:allies"];
  expect(familiesOf(alternating)).toEqual(["all", "allies", "folder:*", "note:*"]);
  expect(familiesOf(["t:all", "t:note:3", "t:allies", "t:folder:IT"])).toBe(familiesOf([...alternating]));
});
