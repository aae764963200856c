import { describe, expect, test } from "vitest";
import { readDistance, readSortKey, readTerms } from "./condition";

const brief = (condition: string, alias = "t") =>
  readTerms(condition, alias).map(({ text, operator, value }) => `${text} ${operator} ${value}`.trim());

describe("a condition of a plan", () => {
  test.for([
    ["(t.id = $1)", ["id = $1"]],
    ["($1 < t.id)", ["id > $1"]],
    ["((t.a = 1) AND (t.b >= '2026-01-01'::date))", ["a = 1", "b >= '2026-01-01'::date"]],
    [`((t."Odd ""Name" = 5) AND ((t.name)::text = 'x'::text))`, [`Odd "Name = 5`, "name = 'x'::text"]],
    ["(t.id = ANY ($1))", ["id = any ($1)"]],
    ["((t.gone IS NULL) AND (t.seen IS NOT NULL))", ["gone is null", "seen is not null"]],
    ["(lower(t.name) = $1)", ["lower(name) = $1"]],
    ["(lower((t.name)::text) ~~ $1)", ["lower((name)::text) ~~ $1"]],
    ["(t.parent = o.id)", ["parent = o.id"]],
    ["(t.id = (InitPlan 1).col1)", ["id = (InitPlan 1).col1"]],
    // Not usable by an index: both sides belong to the table, an OR, an arithmetic expression.
    ["(t.a = t.b)", []],
    ["((t.a = 1) OR (t.b = 2))", []],
    ["((t.a + 1) = 2)", []],
    ["t.isActive", []],
    ["(o.id = $1)", []],
    ["(coalesce(t.a, $2) = 1)", []],
    ["(random() < 0.5)", []],
  ] as const)("%s", ([condition, terms]) => {
    expect(brief(condition)).toEqual(terms);
  });

  test("recognises a quoted alias", () => {
    expect(brief('("Big T".id = 1)', "Big T")).toEqual(["id = 1"]);
  });
});

describe("a key of a sort", () => {
  test("has a column, a direction and a position of nulls", () => {
    const of = (key: string) => Object.values(readSortKey(key, "t") ?? {});
    expect(of("t.a")).toEqual(["a", null, false, false]);
    expect(of('t."A b" DESC')).toEqual(["A b", null, true, true]);
    expect(of("t.a DESC NULLS LAST")).toEqual(["a", null, true, false]);
    expect(of("t.a NULLS FIRST")).toEqual(["a", null, false, true]);
    expect(of('t.a COLLATE "C" DESC')).toEqual(["a", "C", true, true]);
  });

  test("is null for an expression or another table", () => {
    for (const key of ["(t.a + 1)", "o.a", "(count(*)) DESC"]) expect(readSortKey(key, "t")).toBeNull();
  });

  test("may be a distance", () => {
    expect(readDistance("((t.place <-> $1))", "t")).toMatchObject({ column: "place", operator: "<->" });
    expect(readDistance("((t.place <-> t.vector($1, $2)))", "t")).toMatchObject({ column: "place" });
    expect(readDistance("(('(1,2)'::point <-> point(t.lon, t.lat)))", "t")).toMatchObject({ text: "point(lon, lat)" });
    expect(readDistance("t.place", "t")).toBeNull();
    expect(readDistance("((t.a - $1))", "t")).toBeNull();
  });
});
