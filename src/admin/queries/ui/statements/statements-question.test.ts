import { expect, test } from "vitest";
import { tableInputs } from "@/admin/insights/contract/tables";
import { statementColumns } from "./statement-columns";
import { statementsSort, toQuestion } from "./statements-question";

const accepts = (question: object): boolean => tableInputs.statements.safeParse(question).success;

test.each([false, true])("the server sorts by every column and bounds every number, compared: %s", (hasBefore) => {
  for (const { id, format } of statementColumns(hasBefore)) {
    const sort = { id, desc: false };
    const filters = format === undefined ? [] : (["atLeast", "atMost"] as const).map((op) => ({ id, op, value: 1.5 }));
    expect(accepts(toQuestion({ sort, filters }, "")), id).toBe(true);
  }
});

test("a search that is too long is cut, blanks around it and bounds below zero do not matter", () => {
  const filters = [{ id: "p95Ms", op: "atLeast" as const, value: -3 }];
  const question = toQuestion({ sort: statementsSort, filters }, `  ${"x".repeat(300)} `);
  expect(question).toMatchObject({ sort: { by: "totalMs", descending: true }, atLeast: { p95Ms: 0 }, atMost: {} });
  expect(question.search).toHaveLength(100);
  expect(accepts(question)).toBe(true);
});
