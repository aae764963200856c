import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isExplainable, readShape } from "../../../packages/query-advisor/src/plan/statement-shape";
import { createInternalCaller } from "@/server/rpc/caller";
import { createPlanService } from "@/admin/queries/service";
import { startCityApp } from "./test-app";

let app: Awaited<ReturnType<typeof startCityApp>>;
beforeAll(async () => {
  app = await startCityApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const call = () => createInternalCaller(app.runtime, "test");

describe("the plans of the cities", () => {
  test("has a plan for each of its statements", async () => {
    const { statements } = app.runtime.database;
    // Without the statements that read plans: not every server has HypoPG's function.
    const all = statements.all().filter(({ name, text }) => name !== "plans.prepare" && isExplainable(readShape(text)));
    const places = new Map<string, number>();
    for (const { name } of all) {
      const variant = places.get(name) ?? 0;
      places.set(name, variant + 1);
      const { plan, text } = await call().plans.explain({ statement: name, variant });
      expect(plan.root.cost.total, text).toBeGreaterThan(0);
    }
    expect([...places.keys()]).toEqual(expect.arrayContaining(["city.byId", "city.search", "country.stats"]));
    expect(places.get("city.list.population")).toBe(2);
  });

  test("gets no advice while its indexes exist, used or not", async () => {
    const caller = call();
    await caller.city.byId({ id: 3_448_439 });
    await caller.city.search({ q: "san f" });
    await caller.city.search({ q: "san f", country: "US" });
    await caller.city.nearby({ lat: 1, lon: 2 });
    await caller.city.list({ order: "population" });
    await caller.city.list({ order: "name", country: "JP" });
    await caller.country.list();
    await caller.country.stats({ code: "JP" });
    const { advice, examined, skipped } = await caller.plans.advice({ fresh: true });
    expect(advice).toEqual([]);
    expect(skipped).toEqual([]);
    expect(examined).toBeGreaterThan(8);
  });

  test("a dropped index is reported with the statements that used it", async () => {
    await app.runtime.database.transaction(async (tx) => {
      await tx.execute(
        "drop index cities.cities_population, cities.cities_country_population, cities.cities_position, cities.cities_search_name_trgm",
      );
    });
    // A new advisor, which has no plan cached from before.
    const { database } = app.runtime;
    const plans = createPlanService({ database, permit: async () => undefined, used: async () => [] });
    const { advice } = await plans.advice({ fresh: true });
    const found = advice.map(({ rule, columns, statements }) => [rule, columns.join(), statements[0]?.name]);
    expect(found).toContainEqual(["nearest", "position", "city.nearby"]);
    expect(found).toContainEqual(["sort", "population,id", "city.list.population"]);
    const drizzle = advice.map((one) => one.drizzle).join("\n");
    expect(drizzle).toContain('.using("gist", t.position)');
    expect(drizzle).toContain(".on(t.population.desc().nullsFirst(), t.id.desc().nullsFirst())");
  });
});
