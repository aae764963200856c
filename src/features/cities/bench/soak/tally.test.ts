import { expect, it } from "vitest";
import { Tally } from "./tally";
import type { Visit } from "./visits";

const visit = (expected: number[], leaves: Visit["leaves"] = "never"): Visit => ({
  method: "GET",
  path: "/",
  headers: {},
  body: null,
  expected,
  leaves,
  alone: false,
});

it("counts responses per status, and unexpected ones", () => {
  const tally = new Tally();
  tally.count(visit([200]), 200);
  tally.count(visit([404]), 404);
  expect(tally.unexpected).toBe(0);
  tally.count(visit([404]), 200);
  tally.count(visit([200]), null);
  tally.count(visit([200]), "late");
  tally.countBulk(100, 0);
  tally.countBulk(10, 1);
  expect(tally.statuses).toEqual([
    [200, 111],
    [404, 1],
  ]);
  expect(tally.answers).toBe(112);
  expect(tally.unexpected).toBe(4);
  expect(tally.examples[0]).toBe("GET /: 200");
});

it("only expects an aborted request to end", () => {
  const tally = new Tally();
  tally.count(visit([], "soon"), null);
  tally.count(visit([], "soon"), 200);
  expect([tally.left, tally.unexpected, tally.answers]).toEqual([1, 0, 1]);
  tally.count(visit([], "soon"), "late");
  expect(tally.unexpected).toBe(1);
});
