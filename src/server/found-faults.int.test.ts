import type { AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { prepared } from "@weir/postgres";
import { createPlanService } from "@/admin/queries/service";
import { prepareShop, shopOrders, shopTables } from "@/admin/queries/test-shop";
import { createTrpcHandler, drain, listen } from "@weir/trpc-node";
import { createHttpServer } from "@/server/http/server";
import { createInternalCaller } from "@/server/rpc/caller";
import type { Context } from "@/server/rpc/context";
import { publicProcedure, router } from "@/server/rpc/procedures";

/** A feature with three typical faults, and the fix of the first. */
function openShop({ database }: TestApp["runtime"]) {
  const { db } = database;
  const { largest, byId, ofCustomer, slow } = prepareShop(database);
  const byIds = prepared(db, "shop.byIds", (on) =>
    on
      .select()
      .from(shopOrders)
      .where(sql`${shopOrders.id} = any(${sql.placeholder("ids")}::int[])`),
  );
  return router({
    shop: router({
      /** One statement for the page, then one for each row of it. */
      page: publicProcedure.query(async () => {
        const rows: unknown[] = [];
        for (const { id } of await largest.execute()) rows.push(...(await byId.execute({ id })));
        return rows.length;
      }),
      /** The same without the fault. */
      pageAtOnce: publicProcedure.query(async () => {
        const orders = await largest.execute();
        return (await byIds.execute({ ids: orders.map(({ id }) => id) })).length;
      }),
      /** No index covers the customer. */
      ofCustomer: publicProcedure.query(async () => (await ofCustomer.execute({ customer: 7 })).length),
      /** A join that no index helps. */
      report: publicProcedure.query(() => slow.execute()),
    }),
  });
}

let app: TestApp;
let terminal: postgres.Sql;
let origin: string;
let close: () => Promise<void>;

beforeAll(async () => {
  app = await startTestApp();
  const { db } = app.runtime.database;
  const [current] = await db.execute<{ name: string }>(sql`select current_database() as name`);
  const url = new URL(inject("databaseUrl"));
  url.pathname = current?.name ?? "";
  terminal = postgres(url.href, { max: 1, onnotice: () => undefined });
  await terminal.unsafe(shopTables);
  const context: Context = {
    services: app.runtime.services,
    client: { kind: "internal", label: "test" },
    session: async () => null,
    sessionNow: async () => null,
    isSameOrigin: () => true,
    hideTimings: () => undefined,
    setSessionToken: () => undefined,
  };
  let requests = 0;
  const server = createHttpServer({
    doors: {
      trpc: createTrpcHandler({ router: openShop(app.runtime), createContext: () => context }),
      auth: null,
      pages: null,
      readSession: null,
      metrics: null,
    },
    readiness: { state: "ready" },
    metricsToken: undefined,
    nextRequestId: () => `shop-${(requests += 1)}`,
  });
  await listen(server, 0, "127.0.0.1");
  // A server that listens on a port has an address.
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => drain(server, { delayMs: 0, graceMs: 1_000, endStreams: () => undefined });
});
afterAll(async () => {
  await close?.();
  await terminal?.end();
  await app?.[Symbol.asyncDispose]();
});

/** Calls a procedure of the shop this many times, sequentially. */
async function call(procedure: string, times: number): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    const response = await fetch(`${origin}/api/trpc/shop.${procedure}`);
    expect(response.status, await response.text()).toBe(200);
  }
}

/** The dashboard's calls, once everything is stored. */
async function ask() {
  await app.telemetry.flush();
  await app.traces.flush({ endMinute: true });
  return createInternalCaller(app.runtime, "test");
}

/** Reads may be a second old: repeats them until they are current. */
const soon = { timeout: 30_000, interval: 200 };

test("one statement per row of a page is detected with its fix, and disappears once that is applied", async () => {
  await call("page", 20);
  const dashboard = await ask();
  await expect.poll(async () => (await dashboard.traces.repeats({})).length, soon).toBe(1);
  const [found] = await dashboard.traces.repeats({});
  expect(found).toMatchObject({ procedure: "shop.page", statement: "shop.byId", times: 10, group: null });
  expect(found?.wasteMs).toBeGreaterThan(0);
  expect(found?.cure).toContain("shop.byId");
  expect(found?.cure).toMatch(/inArray|join/);
  const { trace } = await dashboard.traces.get({ id: found?.worstTraceId ?? "" });
  const sent = trace.spans.filter(({ kind }) => kind === "statement").map(({ name }) => name);
  expect(sent).toEqual(["shop.largest", ...Array.from({ length: 10 }, () => "shop.byId")]);

  await call("pageAtOnce", 20);
  await ask();
  const perCall = async (): Promise<Record<string, number | null>> => {
    const { rows } = await dashboard.insights.procedures({ search: "shop.page" });
    return Object.fromEntries(rows.map(({ name, statementsPerCall }) => [name, statementsPerCall]));
  };
  await expect.poll(perCall, soon).toEqual({ "shop.page": 11, "shop.pageAtOnce": 2 });
  const cured = async () => (await dashboard.traces.list({ procedure: "shop.pageAtOnce" })).traces;
  await expect.poll(async () => (await cured()).length, soon).toBeGreaterThan(0);
  expect((await cured()).flatMap(({ repeats }) => repeats)).toEqual([]);
  expect((await dashboard.traces.repeats({})).map(({ procedure }) => procedure)).toEqual(["shop.page"]);
});

test("a missing index is detected, and creating it makes the plan cheaper", async () => {
  await call("ofCustomer", 20);
  const dashboard = await ask();
  // From another node, which has cached nothing yet.
  const anew = () => {
    const { database } = app.runtime;
    return createPlanService({ database, permit: async () => undefined, used: async () => [] });
  };
  const costOf = async (): Promise<number> => {
    const { plan } = await anew().explain({ statement: "shop.ofCustomer", variant: 0 });
    return plan.root.cost.total;
  };
  const isAbout = ({ statements }: { statements: readonly { name: string }[] }): boolean =>
    statements.some(({ name }) => name === "shop.ofCustomer");
  const found = (await dashboard.plans.advice({ fresh: true })).advice.find(isAbout);
  expect(found).toMatchObject({ action: "create", table: "public.shop_orders", columns: ["customer_id"] });
  expect(found?.reasons.join(" ")).toContain("shop.ofCustomer");

  const before = await costOf();
  for (const statement of found?.sql ?? []) await terminal.unsafe(statement);
  expect(await costOf()).toBeLessThan(before / 2);
  expect((await anew().advice({ fresh: true })).advice.filter(isAbout)).toEqual([]);
});

test("a slow statement is listed first, with its procedure and its slowest step", async () => {
  await call("report", 3);
  const dashboard = await ask();
  const slowest = async () => {
    const { rows } = await dashboard.insights.statements({ sort: { by: "meanMs", descending: true }, search: "shop." });
    return rows[0];
  };
  await expect.poll(slowest, soon).toMatchObject({ name: "shop.slow", count: 3, errors: 0 });
  const { figures } = await dashboard.insights.statement({ name: "shop.slow" });
  expect(figures?.callers[0]).toMatchObject({ procedure: "shop.report", count: 3 });
  const traced = async () => (await dashboard.traces.list({ procedure: "shop.report", order: "slowest" })).traces[0];
  await expect.poll(async () => (await traced())?.kinds, soon).toContain("slowest");

  const { plan } = await dashboard.plans.explain({ statement: "shop.slow" });
  expect(JSON.stringify(plan)).toMatch(/Join|Nested Loop/);
  const statistics = await dashboard.plans.statistics({ statement: "shop.slow" });
  expect(statistics.isAvailable && statistics.rows[0]).toMatchObject({ calls: 3 });
});
