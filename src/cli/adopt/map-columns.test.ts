import type { TableColumn } from "@weir/postgres";
import { expect, test } from "vitest";
import { asciiWords, mapColumns } from "./map-columns";

const column = (name: string, more: Partial<TableColumn> = {}): TableColumn => ({
  name,
  type: "text",
  base: { schema: "pg_catalog", name: "text", kind: "base", length: null },
  element: null,
  labels: null,
  isDomain: false,
  extension: null,
  isNotNull: false,
  default: null,
  isIdentity: false,
  isGenerated: false,
  comment: null,
  isDeterministic: true,
  mayRead: true,
  ...more,
});
const namesOf = (...names: string[]) =>
  [
    ...mapColumns(
      names.map((name) => column(name)),
      null,
    ).values(),
  ].map(({ field }) => field?.name ?? null);

test.each([
  ["OrderID", ["order", "id"]],
  ["the best_of2024", ["the", "best", "of", "2024"]],
  ["Größe", ["grosse"]],
  ["Łódź", ["lodz"]],
  ["日本", []],
])("the words of %s", (name, words) => {
  expect(asciiWords(name)).toEqual(words);
});

test("columns of any name become identifiers, each its own", () => {
  expect(namesOf("id", "version", "order", "constructor", "__proto__", "日本", "1st", "a b", "a_b", "aB")).toEqual([
    "id",
    "version",
    "orderValue",
    "constructorValue",
    "proto",
    "column6",
    "column1St",
    "aB",
    "aB2",
    "aB3",
  ]);
});

test("columns that look like secrets, and those with control characters, are left out unless they are named", () => {
  expect(namesOf("password", "apiKey", "reset_token", "two\nlines", "secretary", "hashtag")).toEqual([
    null,
    null,
    null,
    null,
    "secretary",
    "hashtag",
  ]);
  const named = mapColumns([column("password"), column("name")], new Set(["password"]));
  expect([...named.values()].map(({ field }) => field?.name)).toEqual(["password", undefined]);
});

test.each<[string, Partial<TableColumn>, string]>([
  ["bytea", { base: { schema: "pg_catalog", name: "bytea", kind: "base", length: null } }, "bytes do not belong"],
  [
    "geometry",
    { base: { schema: "public", name: "geometry", kind: "base", length: null }, extension: "postgis" },
    "a type of the extension postgis",
  ],
  ["complex", { base: { schema: "public", name: "complex", kind: "base", length: null } }, "does not bring along"],
  ["unreadable", { mayRead: false }, "your role may not read it"],
])("%s is left out with its reason", (name, more, reason) => {
  expect(mapColumns([column(name, more)], null).get(name)).toMatchObject({
    field: null,
    reason: expect.stringContaining(reason),
  });
});
