import { afterAll, beforeAll, expect, test } from "vitest";
import { defects } from "./defects";
import { openPrograms, type Programs } from "./program";
import { search } from "./search";

let programs: Programs;
beforeAll(() => {
  programs = openPrograms();
});
afterAll(() => programs.remove());

const minutes = 60_000;

test(
  "the engine keeps its rules in 2,000 schedules",
  async () => {
    const found = await search({
      program: await programs.add(null),
      seed: 20_261_122,
      calm: 400,
      troubled: 1_600,
      scene: true,
    });
    expect(found).toEqual({ schedules: 2_000, violation: null });
  },
  8 * minutes,
);

test.each(["no fence", "no lease"])(
  "a planted defect is found: %s",
  async (name) => {
    const defect = defects.find((one) => one.name.startsWith(name)) ?? null;
    expect(defect).not.toBeNull();
    const program = await programs.add(defect);
    const found = await search({ program, seed: 20_261_122, calm: 400, troubled: 2_000, shorten: false });
    expect(found.violation).toMatch(/^C[12]: /u);
  },
  8 * minutes,
);

test("an engine that judges what it reads by the marks in Redis alone is found by the written schedule", async () => {
  const program = await programs.add(defects.find(({ isStaged }) => isStaged) ?? null);
  const found = await search({ program, seed: 1, calm: 0, troubled: 0, scene: true });
  expect(found.violation).toMatch(/^C1: /u);
});

test("planting a defect fails when its place no longer exists", async () => {
  const change = { file: "packages/cache/src/invalidation/fence.ts", from: "no such line", to: "" };
  await expect(programs.add({ name: "gone", changes: [change] })).rejects.toThrow("has no longer: no such line");
});
