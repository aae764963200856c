import { expect, test } from "vitest";
import { addRecent, findEntries, type PaletteEntry, readRecent } from "./palette-entries";

const entry = (group: PaletteEntry["group"], label: string, words?: string): PaletteEntry => ({
  id: `${group}:${label}`,
  group,
  label,
  href: "/admin",
  ...(words === undefined ? {} : { words }),
});
const entries = [
  entry("Pages", "Overview"),
  entry("Pages", "Queries", "statements sql"),
  entry("Pages", "Nodes"),
  entry("Actions", "Invalidate…", "clear purge cache"),
  entry("Statements", "note.search"),
  entry("Statements", "notes.byId"),
  entry("Statements", "folder.notes"),
  entry("Procedures", "note.search"),
];
const labels = (query: string, recent: string[] = []) =>
  findEntries(entries, query, recent).map(({ group, entries: found }) => [group, ...found.map(({ label }) => label)]);

test("the start of a name comes before the start of a part, and that before the middle", () => {
  expect(labels("note")).toEqual([
    ["Statements", "notes.byId", "note.search", "folder.notes"],
    ["Procedures", "note.search"],
  ]);
  expect(labels("search note")).toEqual([
    ["Statements", "note.search"],
    ["Procedures", "note.search"],
  ]);
});

test("further words and the name of the group find an entry, accents and case do not matter", () => {
  expect(labels("SQL")).toEqual([["Pages", "Queries"]]);
  expect(labels("púrge")).toEqual([["Actions", "Invalidate…"]]);
  expect(labels("statement byid")).toEqual([["Statements", "notes.byId"]]);
  expect(labels("nothing like it")).toEqual([]);
});

test("without a query it offers what was chosen last, then pages and actions", () => {
  expect(labels(" ", ["Statements:note.search", "Pages:gone"])).toEqual([
    ["Recent", "note.search"],
    ["Pages", "Overview", "Queries", "Nodes"],
    ["Actions", "Invalidate…"],
  ]);
});

test("at most six entries of a group are shown, and five are remembered, each once", () => {
  const many = Array.from({ length: 40 }, (_, index) => entry("Keys", `k${index}`));
  expect(findEntries(many, "k", [])[0]?.entries).toHaveLength(6);
  expect(addRecent(["a", "b", "c", "d", "e"], "c")).toEqual(["c", "a", "b", "d", "e"]);
  expect(addRecent(["a", "b", "c", "d", "e"], "f")).toEqual(["f", "a", "b", "c", "d"]);
});

test.each([null, "", "{", "3", '{"a":1}'])("a stored list of %j is empty", (stored) => {
  expect(readRecent(stored)).toEqual([]);
});
