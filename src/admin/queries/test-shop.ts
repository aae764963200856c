import { sql } from "drizzle-orm";
import { customType, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { createTestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database, type DatabaseOptions, prepared } from "@weir/postgres";
import { createAuditService } from "@/admin/audit/service";
import { createPlanService, type PlanServiceOptions } from "./service";

const point = customType<{ data: string }>({ dataType: () => "point" });

export const shopOrders = pgTable("shop_orders", {
  id: integer("id").primaryKey(),
  customerId: integer("customer_id").notNull(),
  reference: text("reference").notNull(),
  note: text("note").notNull(),
  total: integer("total").notNull(),
  placedAt: timestamp("placed_at", { withTimezone: true, mode: "string" }).notNull(),
  place: point("place").notNull(),
});

/** A shop with forty thousand orders and no indexes except the primary keys. */
export const shopTables = `
  create table shop_customers (id int primary key, name text not null);
  create table shop_orders (
    id int primary key, customer_id int not null references shop_customers on delete cascade,
    reference text not null, note text not null, total int not null, placed_at timestamptz not null, place point not null
  );
  insert into shop_customers select i, 'customer ' || i from generate_series(1, 2500) i;
  insert into shop_orders
    select i, 1 + (i * 7919) % 2500, md5(i::text), md5((i * 31)::text) || ' ' || md5((i * 17)::text),
      (i::bigint * 104729) % 1000003, '2026-01-01'::timestamptz + i * interval '7 minutes',
      point((i * 7919) % 360 - 180, (i::bigint * 104729) % 180 - 90)
    from generate_series(1, 40000) i;
  analyze shop_customers, shop_orders;
`;

const given = sql.placeholder;

/** One statement per rule, named as they are in a feature. */
export function prepareShop({ db }: Database) {
  const { customerId, reference, note, total, place } = shopOrders;
  const orders = () => db.select({ id: shopOrders.id, total }).from(shopOrders);
  return {
    ofCustomer: prepared(db, "shop.ofCustomer", () => orders().where(sql`${customerId} = ${given("customer")}`)),
    byReference: prepared(db, "shop.byReference", () => orders().where(sql`${reference} = ${given("reference")}`)),
    largest: prepared(db, "shop.largest", () =>
      orders()
        .orderBy(sql`${total} desc`)
        .limit(10),
    ),
    nearest: prepared(db, "shop.nearest", () =>
      orders()
        .orderBy(sql`${place} <-> ${given("place")}::point`)
        .limit(5),
    ),
    noted: prepared(db, "shop.noted", () => orders().where(sql`${note} like ${given("pattern")}`)),
    slow: prepared(db, "shop.slow", () =>
      db
        .select({ count: sql<number>`count(*)::int` })
        .from(sql`${shopOrders} a`)
        .innerJoin(sql`${shopOrders} b`, sql`a.total % 997 = b.total % 997`),
    ),
    byId: prepared(db, "shop.byId", () => orders().where(sql`${shopOrders.id} = ${given("id")}`)),
    lock: prepared(db, "shop.lock", () =>
      db
        .select()
        .from(shopOrders)
        .where(sql`${shopOrders.id} = 1`)
        .for("update"),
    ),
    raise: prepared(db, "shop.raise", () => db.update(shopOrders).set({ total: sql`${total} + 1` })),
    sneaky: prepared(db, "shop.sneaky", () =>
      db
        .select({ done: sql`weir.invalidate(array['x'])` })
        .from(shopOrders)
        .limit(1),
    ),
    sleep: prepared(db, "shop.count", () => db.select({ count: sql<number>`count(*)::int` }).from(shopOrders)),
  };
}

export type TestShop = {
  url: string;
  database: Database;
  shop: ReturnType<typeof prepareShop>;
  /** Runs SQL as in psql, each statement separately. */
  run: (...statements: string[]) => Promise<void>;
  rows: (statement: string) => Promise<Record<string, unknown>[]>;
  open: (options?: Partial<PlanServiceOptions>) => ReturnType<typeof createPlanService>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

export async function openTestShop(options: Partial<DatabaseOptions> = {}): Promise<TestShop> {
  const { url, drop } = await createTestDatabase();
  const terminal = postgres(url, { max: 1, onnotice: () => undefined });
  await terminal.unsafe(shopTables);
  const database = createDatabase({ url, max: 3, ...options });
  const audit = createAuditService({ db: database.db });
  return {
    url,
    database,
    shop: prepareShop(database),
    run: async (...statements) => {
      for (const statement of statements) await terminal.unsafe(statement);
    },
    rows: async (statement) => [...(await terminal.unsafe(statement))],
    open: (more = {}) =>
      createPlanService({
        database,
        permit: (actor, event) => audit.record(database.db, { ...event, actor }),
        used: async () => [],
        ...more,
      }),
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await terminal.end();
      await drop();
    },
  };
}
