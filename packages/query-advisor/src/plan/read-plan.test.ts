import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepsOf } from "./plan-tree";
import { readPlan } from "./read-plan";

type Json = Record<string, unknown> & { Plans?: Json[] };

const step = (type: string, cost: number, rows: number, more: Json = {}): Json => ({
  "Node Type": type,
  "Total Cost": cost,
  "Startup Cost": 0,
  "Plan Rows": rows,
  ...more,
});
const planOf = (json: Json, redact = false) => {
  const plan = readPlan([{ Plan: json }], { redact });
  if (plan === null) throw new Error("Not a plan.");
  return plan;
};
const selfCosts = (json: Json) => [...stepsOf(planOf(json).root)].map(({ cost }) => Math.round(cost.self));

const tree = (levels: number): fc.Arbitrary<Json> =>
  fc
    .record({
      type: fc.constantFrom("Seq Scan", "Nested Loop", "Limit", "Hash Join", "Sort"),
      cost: fc.double({ min: 0, max: 1e6, noNaN: true }),
      rows: fc.nat(10_000),
      role: fc.constantFrom("Outer", "Inner", "SubPlan", "InitPlan"),
      plans: levels === 0 ? fc.constant<Json[]>([]) : fc.array(tree(levels - 1), { maxLength: 3 }),
    })
    .map(({ type, cost, rows, role, plans }) => step(type, cost, rows, { "Parent Relationship": role, Plans: plans }));

describe("the cost of each step of a plan", () => {
  test("adds up to the total cost, regardless of the planner's costs for the parts", () => {
    fc.assert(
      fc.property(tree(3), (json) => {
        const { root } = planOf(json);
        const steps = [...stepsOf(root)];
        const sum = steps.reduce((total, { cost }) => total + cost.self, 0);
        expect(Math.abs(sum - root.cost.total)).toBeLessThanOrEqual(root.cost.total * 1e-6 + 1e-9);
        expect(steps.every(({ cost }) => cost.self >= 0 && cost.selfShare <= 1.000_001)).toBe(true);
        expect(steps.map(({ id }) => id)).toEqual(steps.map((_step, place) => place));
      }),
    );
  });

  test("below a LIMIT covers only the returned rows", () => {
    const scan = step("Index Scan", 1_000, 100_000, { "Parent Relationship": "Outer" });
    expect(selfCosts(step("Limit", 10, 1_000, { Plans: [scan] }))).toEqual([0, 10]);
  });

  test("counts the inner side of a nested loop once per outer row", () => {
    const outer = step("Seq Scan", 100, 50, { "Parent Relationship": "Outer" });
    const inner = step("Index Scan", 8, 1, { "Parent Relationship": "Inner" });
    expect(selfCosts(step("Nested Loop", 510, 50, { Plans: [outer, inner] }))).toEqual([10, 100, 400]);
  });
});

describe("an analyzed plan", () => {
  test("shows by how much estimates are off, and in which direction", () => {
    const ran = (estimated: number, actual: number, loops = 1) =>
      planOf(step("Seq Scan", 1, estimated, { "Actual Rows": actual, "Actual Loops": loops, "Actual Total Time": 1 }))
        .root.rows;
    expect(ran(10, 1_000)).toMatchObject({ errorFactor: 100, error: "under" });
    expect(ran(1_000, 10)).toMatchObject({ errorFactor: 100, error: "over" });
    expect(ran(1, 0)).toMatchObject({ errorFactor: 1, error: "exact" });
    expect(ran(5, 0, 0)).toMatchObject({ actual: null, errorFactor: null, error: null });
  });

  test("has the time of each step over all its runs, with workers as wall time", () => {
    const worker = step("Seq Scan", 10, 10, {
      "Actual Rows": 1,
      "Actual Loops": 3,
      "Actual Total Time": 20,
      "Parallel Aware": true,
    });
    const gather = step("Gather", 10, 10, {
      "Actual Rows": 1,
      "Actual Loops": 1,
      "Actual Total Time": 25,
      "Workers Launched": 2,
      Plans: [worker],
    });
    const [first, second] = [...stepsOf(planOf(gather).root)];
    expect(first?.time).toEqual({ totalMs: 25, selfMs: 5, selfShare: 0.2 });
    expect(second).toMatchObject({ type: "Parallel Seq Scan", time: { totalMs: 20, selfMs: 20, selfShare: 0.8 } });
    const repeated = step("Index Scan", 1, 1, { "Actual Rows": 1, "Actual Loops": 10, "Actual Total Time": 2 });
    expect(planOf(repeated).root.time?.totalMs).toBe(20);
  });

  test("redacts constants that are statement values", () => {
    const json = step("Index Scan", 1, 1, {
      "Index Cond": "(t.email = 'ann@example.com'::text)",
      Filter: "(t.age > 41)",
      "Sort Key": ["((t.a + 77))"],
      Output: ["'ann@example.com'"],
    });
    expect(JSON.stringify(planOf(json, true))).not.toMatch(/ann@|41|77/);
    expect(JSON.stringify(planOf(json))).toContain("41");
  });
});

test("returns null for anything but a plan", () => {
  for (const answer of [null, undefined, 5, "x", [], [{}], [{ Plan: null }]]) expect(readPlan(answer)).toBeNull();
});
