import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stepsOf } from "../../../packages/query-advisor/src/plan/plan-tree";
import { prepared } from "@weir/postgres";
import { openTestShop, shopOrders, type TestShop } from "./test-shop";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop({ samples: "on" });
});
afterAll(() => shop[Symbol.asyncDispose]());

const tester = { id: null, label: "tester", sessionId: null, address: null, requestId: null };
const named = (statement: string) => ({ statement, variant: 0, fresh: false });
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "it succeeded",
    (error: unknown) => error,
  );
const acts = () => shop.rows("select subject from weir.audit_entries where action = 'statement.analyze'");

describe("the plan of a statement", () => {
  test("is generic where Postgres supports it, and runs nothing", async () => {
    const explained = await shop.open().explain(named("shop.ofCustomer"));
    expect(explained).toMatchObject({ values: "generic", isMeasured: false, variants: 1, serverVersion: 18 });
    expect(explained.text).toContain("$1");
    const { root } = explained.plan;
    const scan = [...stepsOf(root)].find(({ relation }) => relation === "public.shop_orders");
    expect(scan?.conditions).toEqual([{ name: "Filter", text: "(shop_orders.customer_id = $1)" }]);
    expect(root.time).toBeNull();
    expect(await acts()).toEqual([]);
  });

  test("is found by a recorded name only, not by SQL, an unknown name or an unknown variant", async () => {
    const { explain } = shop.open();
    for (const statement of ["select 1", "shop.", "drop table shop_orders", "constructor"]) {
      expect(await failure(explain(named(statement)))).toMatchObject({ code: "STATEMENT_UNKNOWN" });
    }
    expect(await failure(explain({ statement: "shop.byId", variant: 1, fresh: false }))).toMatchObject({
      code: "STATEMENT_UNKNOWN",
    });
  });

  test("exists for each text of the same name", async () => {
    const twice = (where: string) =>
      prepared(shop.database.db, "shop.twice", (on) => on.select().from(shopOrders).where(sql.raw(where)));
    twice("id = 1");
    twice("total = 1");
    const { explain } = shop.open();
    const [first, second] = [
      await explain(named("shop.twice")),
      await explain({ statement: "shop.twice", variant: 1, fresh: false }),
    ];
    expect([first.variants, second.variants]).toEqual([2, 2]);
    expect([first.plan.root.index, second.plan.root.index]).toEqual(["shop_orders_pkey", null]);
  });

  test("exists for a statement that only another node has sent, unless its text was cut", async () => {
    await shop.run(
      `insert into weir.statement_texts values ('other.one', 'select * from shop_orders where id = $1', now(), now()),
       ('other.cut', 'select * from shop_orders where id = $1 or id = 5 …', now(), now()),
       ('other.two', 'select 1; drop table shop_orders', now(), now())`,
    );
    const { explain } = shop.open();
    expect((await explain(named("other.one"))).plan.root.index).toBe("shop_orders_pkey");
    for (const statement of ["other.cut", "other.two"]) {
      expect(await failure(explain(named(statement)))).toMatchObject({ code: "STATEMENT_NOT_EXPLAINABLE" });
    }
  });

  test("exists for statements that write, without running them", async () => {
    const { plan } = await shop.open().explain(named("shop.raise"));
    expect(plan.root).toMatchObject({ type: "ModifyTable", traits: [{ name: "Operation", value: "Update" }] });
    expect(await shop.rows("select 1 from shop_orders where xmax <> 0 limit 1")).toEqual([]);
  });

  test("states what Postgres rejected and what to do about it", async () => {
    prepared(shop.database.db, "shop.vague", (on) =>
      on.select({ both: sql`${sql.placeholder("a")} + ${sql.placeholder("b")}` }).from(sql`(select 1) as one`),
    );
    const error = await failure(shop.open().explain(named("shop.vague")));
    expect(error).toMatchObject({ code: "STATEMENT_NOT_EXPLAINABLE" });
    expect(String(error)).toMatch(/operator is not unique.*\$1::int/);
  });

  test("is cached for all callers, and computed again after its lifetime", async () => {
    let nowMs = 1_000_000;
    let count = 0;
    const { database } = shop;
    const counted: typeof database = {
      ...database,
      explain: (request) => {
        count += 1;
        return database.explain(request);
      },
    };
    const plans = shop.open({ database: counted, now: () => nowMs });
    await Promise.all([plans.explain(named("shop.byId")), plans.explain(named("shop.byId"))]);
    await plans.explain(named("shop.byId"));
    expect(count).toBe(1);
    nowMs += 31_000;
    await plans.explain(named("shop.byId"));
    expect(count).toBe(2);
    await plans.explain({ ...named("shop.byId"), fresh: true });
    expect(count).toBe(3);
  });

  test("does not wait long for a lock", async () => {
    await using other = await openTestShop();
    const plans = other.open({ limits: { lockTimeoutMs: 50 } });
    await other.run("begin", "lock table shop_orders in access exclusive mode");
    expect(await failure(plans.explain(named("shop.byId")))).toMatchObject({ code: "DATABASE_TIMEOUT" });
    await other.run("rollback");
    expect((await plans.explain(named("shop.byId"))).plan.root.index).toBe("shop_orders_pkey");
  });
});

describe("a statement that is measured", () => {
  test("reports rows, times and pages, and is recorded first", async () => {
    await shop.shop.largest.execute();
    const measured = await shop.open().analyze(named("shop.largest"), tester);
    expect(measured).toMatchObject({ values: "sampled", isMeasured: true });
    const { root, executionMs } = measured.plan;
    expect(root.rows).toMatchObject({ actual: 10, loops: 1 });
    const steps = [...stepsOf(root)];
    const scan = steps.find(({ relation }) => relation !== null);
    expect(scan?.rows.actual).toBeGreaterThan(10_000);
    expect((scan?.buffers?.hit ?? 0) + (scan?.buffers?.read ?? 0)).toBeGreaterThan(100);
    expect(executionMs).toBeGreaterThan(0);
    const selfMs = steps.reduce((sum, { time }) => sum + (time?.selfMs ?? 0), 0);
    expect(selfMs).toBeGreaterThan(0);
    expect(await acts()).toEqual([{ subject: "statement:shop.largest" }]);
  });

  test("needs recorded values, and says how to record them", async () => {
    const error = await failure(shop.open().analyze(named("shop.byReference"), tester));
    expect(error).toMatchObject({ code: "STATEMENT_VALUES_UNKNOWN" });
    expect(String(error)).toContain("STATEMENT_VALUES=on");
  });

  test("never writes, locks, or calls functions with side effects", async () => {
    await shop.run(
      `insert into weir.statement_texts values
        ('evil.into', 'select * into shop_copy from shop_orders', now(), now()),
        ('evil.with', 'with gone as (delete from shop_orders returning id) select * from gone', now(), now()),
        ('evil.sequence', 'select nextval(''weir.cache_outbox_id_seq'')', now(), now()),
        ('evil.lock', 'select pg_advisory_lock(1)', now(), now())`,
    );
    const plans = shop.open();
    const before = await shop.rows("select count(*) from shop_orders");
    for (const [statement, said] of [
      ["shop.raise", "UPDATE"],
      ["shop.lock", "locks rows"],
      ["shop.sneaky", "invalidate"],
      ["evil.into", "creates a table"],
      ["evil.with", "writes rows"],
      ["evil.sequence", "nextval"],
      ["evil.lock", "pg_advisory_lock"],
    ] as const) {
      const error = await failure(plans.analyze(named(statement), tester));
      expect(error, statement).toMatchObject({ code: "STATEMENT_NOT_ANALYZABLE" });
      expect(String(error)).toContain(said);
    }
    expect(await shop.rows("select count(*) from shop_orders")).toEqual(before);
    expect(await shop.rows("select count(*)::int as n from weir.cache_outbox")).toEqual([{ n: 0 }]);
    expect((await acts()).length).toBe(1);
  });

  test("is canceled when it takes too long", async () => {
    const plans = shop.open({ limits: { analyzeTimeoutMs: 20 } });
    expect(await failure(plans.analyze(named("shop.slow"), tester))).toMatchObject({ code: "DATABASE_TIMEOUT" });
    expect(await shop.database.ping()).toBeGreaterThan(0);
  });
});

describe("a database without plans for all values", () => {
  test("plans with the last values sent, and shows none of them", async () => {
    await using old = await openTestShop({ samples: "on" });
    const plans = old.open({ isSampledAlways: true });
    expect(await failure(plans.explain(named("shop.byReference")))).toMatchObject({ code: "STATEMENT_VALUES_UNKNOWN" });
    const secret = "s3cret-reference";
    await old.shop.byReference.execute({ reference: secret });
    const explained = await plans.explain(named("shop.byReference"));
    expect(explained).toMatchObject({ values: "sampled", isMeasured: false });
    expect(explained.plan.root.conditions).toEqual([{ name: "Filter", text: "(shop_orders.reference = '…'::text)" }]);
    const measured = await plans.analyze(named("shop.byReference"), tester);
    expect(measured.plan.root.rows.actual).toBe(0);
    expect(JSON.stringify([explained, measured])).not.toContain("s3cret");
  });

  test("reveals no value even when Postgres rejects it", async () => {
    await using old = await openTestShop({ samples: "on" });
    const plans = old.open({ isSampledAlways: true });
    await failure(old.shop.nearest.execute({ place: "not-a-place-s3cret" }));
    const error = await failure(plans.explain(named("shop.nearest")));
    expect(error).toMatchObject({ code: "STATEMENT_NOT_EXPLAINABLE" });
    expect(String(error)).toContain("22P02");
    expect(String(error)).not.toContain("s3cret");
  });

  test("gives the same advice", async () => {
    await using old = await openTestShop({ samples: "on" });
    await old.shop.byReference.execute({ reference: "x" });
    const { advice } = await old.open({ isSampledAlways: true }).advice({ fresh: true });
    expect(advice.map(({ rule, columns }) => [rule, columns])).toContainEqual(["sequential-scan", ["reference"]]);
  });
});
