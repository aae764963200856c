import { expect, test } from "vitest";
import { insightsProceduresInput } from "../contract/tables";
import { pickPage } from "./pick-page";

const rows = [
  { name: "b", count: 2, p95Ms: null },
  { name: "a", count: 2, p95Ms: 5 },
  { name: "City.x", count: 9, p95Ms: 1 },
  { name: "d", count: 0, p95Ms: 50 },
];
const pick = (question: object) => {
  const input = insightsProceduresInput.parse(question);
  const { rows: page, ...counts } = pickPage(rows, input, ({ name }) => name);
  return { names: page.map(({ name }) => name), ...counts };
};

test("sorts, with rows without a figure last either way and equals by name", () => {
  expect(pick({ sort: { by: "count" } }).names).toEqual(["City.x", "a", "b", "d"]);
  expect(pick({ sort: { by: "p95Ms" } }).names).toEqual(["d", "a", "City.x", "b"]);
  expect(pick({ sort: { by: "p95Ms", descending: false } }).names).toEqual(["City.x", "a", "d", "b"]);
  expect(pick({ sort: { by: "name", descending: false } }).names).toEqual(["City.x", "a", "b", "d"]);
});

test("filters by least figures and by name, and says how many match", () => {
  expect(pick({ atLeast: { p95Ms: 5 } })).toMatchObject({ names: ["a", "d"], matching: 2, total: 4 });
  expect(pick({ atLeast: { p95Ms: 1, count: 3 } }).names).toEqual(["City.x"]);
  expect(pick({ search: " cITY " }).names).toEqual(["City.x"]);
  expect(pick({ atLeast: { p95Ms: 0 } }).names).not.toContain("b");
});

test("pages", () => {
  const question = { sort: { by: "count" }, limit: 2 };
  expect(pick(question)).toEqual({ names: ["City.x", "a"], matching: 4, total: 4 });
  expect(pick({ ...question, offset: 2 }).names).toEqual(["b", "d"]);
  expect(pick({ ...question, offset: 10 }).names).toEqual([]);
});

test("the question is bounded, and refused in words", () => {
  const problemsOf = (question: object) =>
    insightsProceduresInput.safeParse(question).error?.issues.map(({ path }) => path.join(".")) ?? [];
  expect(problemsOf({ limit: 201 })).toEqual(["limit"]);
  expect(problemsOf({ offset: 10_001 })).toEqual(["offset"]);
  expect(problemsOf({ search: "a".repeat(101) })).toEqual(["search"]);
  expect(problemsOf({ atLeast: { count: -1 } })).toEqual(["atLeast.count"]);
  expect(problemsOf({ atLeast: { name: 1 } })).toHaveLength(1);
  const wrong = insightsProceduresInput.safeParse({ sort: { by: "constructor" } }).error?.issues[0];
  expect(wrong?.message).toMatch(/^Rows are sorted by name or one of count, perSecond, /);
});
