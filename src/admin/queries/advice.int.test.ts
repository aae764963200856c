import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Advice } from "./contract";
import { readPlan } from "../../../packages/query-advisor/src/plan/read-plan";
import { openTestShop, type TestShop } from "./test-shop";

let shop: TestShop;

beforeAll(async () => {
  shop = await openTestShop();
  const { ofCustomer, byReference, largest, nearest, noted, byId } = shop.shop;
  // So that each is counted; the values do not matter.
  await Promise.all([
    ofCustomer.execute({ customer: 1 }),
    byReference.execute({ reference: "x" }),
    largest.execute(),
    nearest.execute({ place: "(1,2)" }),
    noted.execute({ pattern: "%abc%" }),
    byId.execute({ id: 1 }),
  ]);
});
afterAll(() => shop[Symbol.asyncDispose]());

const plans = (options: Parameters<TestShop["open"]>[0] = {}) => shop.open(options);
const ofShop = (advice: readonly Advice[]): Advice[] => advice.filter(({ table }) => table.startsWith("public.shop_"));
const costOf = async (statement: string): Promise<number> =>
  (await plans().explain({ statement, variant: 0, fresh: false })).plan.root.cost.total;

describe("advice on a schema without indexes", () => {
  test.for([
    ["shop.byReference", "sequential-scan", ["reference"], 'index("shop_orders_reference").on(t.reference)'],
    ["shop.largest", "sort", ["total"], 'index("shop_orders_total").on(t.total.desc().nullsFirst())'],
    ["shop.nearest", "nearest", ["place"], 'index("shop_orders_place").using("gist", t.place)'],
    ["shop.noted", "pattern", ["note"], 'index("shop_orders_note_trgm").using("gin", t.note.op("gin_trgm_ops"))'],
    ["shop.ofCustomer", "sequential-scan", ["customer_id"], 'index("shop_orders_customer_id").on(t.customerId)'],
  ] as const)(
    "finds what %s lacks (%s), and applying it makes the plan cheaper and ends the advice",
    async ([name, rule, columns, drizzle]) => {
      const advice = ofShop((await plans().advice({ fresh: true })).advice);
      const found = advice.find(({ statements }) => statements.some((statement) => statement.name === name));
      expect(found).toMatchObject({ rule, action: "create", table: "public.shop_orders", columns, drizzle });
      expect(found?.reasons.join(" ")).toContain(name);
      expect(found?.reasons.join(" ")).toMatch(/40 000/);

      const before = await costOf(name);
      expect(found?.statements[0]?.costBefore).toBeCloseTo(before, 5);
      await shop.run(...(found?.sql ?? []));
      expect(await costOf(name)).toBeLessThan(before / 2);
      const after = ofShop((await plans().advice({ fresh: true })).advice);
      expect(after.map(({ id }) => id)).not.toContain(found?.id);
    },
  );
});

describe("advice from the catalog alone", () => {
  test("finds a foreign key without an index, and ends once it has one", async () => {
    await shop.run(
      "create table shop_refunds (id int primary key, order_id int references shop_orders on delete cascade)",
      "insert into shop_refunds select i, i from generate_series(1, 5000) i",
      "analyze shop_refunds",
    );
    const of = async () =>
      ofShop((await plans().advice({ fresh: true })).advice).find(({ table }) => table === "public.shop_refunds");
    const found = await of();
    expect(found).toMatchObject({ rule: "foreign-key", action: "create", columns: ["order_id"], confidence: "medium" });
    expect(found?.reasons[0]).toMatch(/public\.shop_orders.*5 000 rows.*on delete cascade/);
    const planOf = async () => {
      const [row] = await shop.rows("explain (format json) select * from shop_refunds where order_id = 7");
      return readPlan(Object.values(row ?? {})[0])?.root.cost.total ?? 0;
    };
    const before = await planOf();
    await shop.run(...(found?.sql ?? []));
    expect(await planOf()).toBeLessThan(before / 2);
    expect(await of()).toBeUndefined();
  });

  test("finds redundant indexes, but never one that a constraint needs", async () => {
    await shop.run(
      "create index shop_orders_placed on shop_orders (placed_at)",
      "create index shop_orders_placed_again on shop_orders (placed_at)",
      "create index shop_orders_placed_total on shop_orders (placed_at, total)",
      "create index shop_orders_placed_desc on shop_orders (placed_at desc)",
      "create index shop_orders_placed_some on shop_orders (placed_at) where total > 5",
      "create unique index shop_orders_id_too on shop_orders (id)",
    );
    const { advice } = await plans().advice({ fresh: true });
    const spare = advice.filter(({ action }) => action === "drop").map(({ rule, index }) => `${rule} ${index}`);
    expect(spare.toSorted()).toEqual(["covered-index shop_orders_placed", "duplicate-index shop_orders_placed_again"]);
    const duplicate = advice.find(({ rule }) => rule === "duplicate-index");
    expect(duplicate).toMatchObject({ isSizeEstimated: false, confidence: "high" });
    await shop.run(...advice.filter(({ action }) => action === "drop").flatMap(({ sql }) => sql));
    const after = await plans().advice({ fresh: true });
    expect(after.advice.filter(({ action }) => action === "drop")).toEqual([]);
  });

  test("finds an unused index once statistics cover enough time", async () => {
    await shop.run("create index shop_orders_idle on shop_orders (note)");
    const unused = async (unusedAfterMs?: number) =>
      (await plans(unusedAfterMs === undefined ? {} : { unusedAfterMs }).advice({ fresh: true })).advice.filter(
        ({ rule }) => rule === "unused-index",
      );
    expect(await unused()).toEqual([]);
    expect((await unused(0)).map(({ index }) => index)).toContain("shop_orders_idle");
    const [row] = await shop.rows("select pg_relation_size('shop_orders_idle') as bytes");
    const found = (await unused(0)).find(({ index }) => index === "shop_orders_idle");
    expect(found).toMatchObject({ sizeBytes: Number(row?.["bytes"]), isSizeEstimated: false });
    expect(found?.sql).toEqual([`DROP INDEX CONCURRENTLY "public"."shop_orders_idle"`]);
    await shop.run(...(found?.sql ?? []));
  });
});

test("estimates the size within the right order of magnitude", async () => {
  await using other = await openTestShop();
  const { byReference, largest, ofCustomer, noted, nearest } = other.shop;
  await Promise.all([
    byReference.execute({ reference: "x" }),
    largest.execute(),
    ofCustomer.execute({ customer: 1 }),
    noted.execute({ pattern: "x%" }),
    nearest.execute({ place: "(1,2)" }),
  ]);
  const { advice } = await other.open().advice({ fresh: true });
  const ratios = new Map<string, number>();
  for (const { index, sql, sizeBytes } of ofShop(advice)) {
    await other.run(...sql);
    const [row] = await other.rows(`select pg_relation_size('${index}') as bytes`);
    ratios.set(index, sizeBytes / Number(row?.["bytes"]));
  }
  expect(ratios.size).toBe(5);
  for (const [index, ratio] of ratios) {
    expect(ratio, index).toBeGreaterThan(0.4);
    expect(ratio, index).toBeLessThan(2.5);
  }
});
