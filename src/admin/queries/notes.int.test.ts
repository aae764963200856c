import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { createInternalCaller } from "@/server/rpc/caller";
import { isExplainable, readShape } from "../../../packages/query-advisor/src/plan/statement-shape";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const call = () => createInternalCaller(app.runtime, "test");

describe("the statements of a feature", () => {
  test("have a plan each, as do those of the platform", async () => {
    const { statements } = app.runtime.database;
    // Without the statements that read plans: not every server has HypoPG's function.
    const all = statements.all().filter(({ name, text }) => name !== "plans.prepare" && isExplainable(readShape(text)));
    const variants = new Map<string, number>();
    for (const { name } of all) {
      const variant = variants.get(name) ?? 0;
      variants.set(name, variant + 1);
      const { plan, text } = await call().plans.explain({ statement: name, variant });
      expect(plan.root.cost.total, text).toBeGreaterThan(0);
    }
    const lists = ["words", "words.after", "words.folder", "words.folder.after"].map((end) => `note.list.${end}`);
    expect([...variants.keys()]).toEqual(
      expect.arrayContaining(["note.byId", "note.search", "folder.stats", ...lists]),
    );
  });

  test("get no advice while their indexes exist, used or not", async () => {
    const caller = call();
    await caller.note.byId({ id: 1_001 });
    await caller.note.search({ q: "travel n" });
    await caller.note.search({ q: "travel n", folder: "travel" });
    await caller.note.nearby({ x: 1, y: 2 });
    await caller.note.list({ order: "words" });
    await caller.note.list({ order: "title", folder: "recipes" });
    await caller.folder.list();
    await caller.folder.stats({ code: "recipes" });
    const { advice, examined, skipped } = await caller.plans.advice({ fresh: true });
    expect(advice).toEqual([]);
    expect(skipped).toEqual([]);
    expect(examined).toBeGreaterThan(8);
  });
});
