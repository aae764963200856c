import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestShop, type TestShop } from "./test-shop";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe("what Postgres has counted", () => {
  test("lists the slow statement first, with its name and cost", async () => {
    const { slow, byId } = shop.shop;
    for (let id = 1; id <= 5; id += 1) await byId.execute({ id });
    await slow.execute();
    await slow.execute();
    const found = await shop.open().statistics({ limit: 200 });
    if (!found.isAvailable) throw new Error(found.howTo.join(" "));
    // Statements that filled the tables are counted too; among ours, the slow one comes first.
    const ours = found.rows.filter(({ statement }) => statement?.startsWith("shop."));
    const [first] = ours;
    expect(first).toMatchObject({ statement: "shop.slow", calls: 2, rows: 2 });
    expect(first?.meanMs).toBeCloseTo((first?.totalMs ?? 0) / 2, 5);
    expect(first?.share).toBeGreaterThan(ours[1]?.share ?? 1);
    expect((first?.blocksHit ?? 0) + (first?.blocksRead ?? 0)).toBeGreaterThan(0);
    expect(ours.find(({ statement }) => statement === "shop.byId")).toMatchObject({ calls: 5, rows: 5 });
    const totals = found.rows.map(({ totalMs }) => totalMs);
    expect(totals).toEqual(totals.toSorted((a, b) => b - a));
    expect(found.rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 1);
  });

  test("is found for a single statement, even with few calls", async () => {
    const found = await shop.open().statistics({ statement: "shop.byId", limit: 50 });
    expect(found).toMatchObject({ isAvailable: true, rows: [{ statement: "shop.byId" }] });
  });

  test("contains no command that may contain a secret", async () => {
    await shop.run("create role shop_guest login password 's3cret'", "drop role shop_guest");
    const found = await shop.open().statistics({ limit: 200 });
    expect(found.isAvailable).toBe(true);
    expect(JSON.stringify(found)).not.toMatch(/s3cret|shop_guest/);
  });

  test("explains how to enable it where it is off", async () => {
    await shop.run("drop extension pg_stat_statements");
    const plans = shop.open();
    const found = await plans.statistics({ limit: 50 });
    expect(found).toMatchObject({ isAvailable: false, why: "not-installed" });
    expect(JSON.stringify(found)).toContain("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    // Advice still works, from what the nodes have counted.
    const used = async () => [{ name: "shop.byReference", calls: 3, totalMs: 90 }];
    const { advice } = await shop.open({ used }).advice({ fresh: true });
    expect(advice[0]).toMatchObject({ rule: "sequential-scan", statements: [{ calls: 3, totalMs: 90 }] });
    // As managed servers do.
    await shop.run("create schema elsewhere", "create extension pg_stat_statements schema elsewhere");
    expect(await plans.statistics({ limit: 50 })).toMatchObject({ isAvailable: true });
  });
});
