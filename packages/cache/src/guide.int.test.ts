import { platformOutbox } from "@weir/postgres/schema";
import { readFile } from "node:fs/promises";
import { and, eq, inArray, sql } from "drizzle-orm";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { expect, inject, test } from "vitest";
import { createDatabase, createOutbox, type Db, type Tx } from "@weir/postgres";
import { createTestDatabase, testPrefix } from "@weir/testkit/testing";
import { createCache, defineTags } from ".";

const productTable = pgTable("products", {
  id: integer().primaryKey(),
  name: text().notNull(),
  category: text().notNull(),
  price: integer().notNull(),
  version: integer().notNull(),
});
type Product = typeof productTable.$inferSelect;

function createProductQueries(db: Db) {
  return {
    byId: async (id: number): Promise<Product | null> => {
      const [product] = await db.select().from(productTable).where(eq(productTable.id, id));
      return product ?? null;
    },
    byIds: (ids: number[]): Promise<Product[]> => db.select().from(productTable).where(inArray(productTable.id, ids)),
    /** The row before and after; `after` is null when the row has another version by now. */
    setPrice: async (tx: Tx, { id, version, price }: Pick<Product, "id" | "version" | "price">) => {
      const [before = null] = await tx.select().from(productTable).where(eq(productTable.id, id)).for("update");
      const [after = null] = await tx
        .update(productTable)
        .set({ price, version: version + 1 })
        .where(and(eq(productTable.id, id), eq(productTable.version, version)))
        .returning();
      return { before, after };
    },
  };
}

/** Runs the examples of docs/cache.md, which are the regions below, word for word. */
test("the examples of the guide do what it says", async () => {
  await using home = await createTestDatabase();
  const database = createDatabase({ url: home.url });
  const { db } = database;
  await db.execute(
    sql`create table products (id int primary key, name text not null, category text not null, price int not null, version int not null)`,
  );
  await db.insert(productTable).values([
    { id: 1701, name: "Sencha", category: "tea", price: 900, version: 1 },
    { id: 1702, name: "Kettle", category: "kitchen", price: 3500, version: 1 },
  ]);
  const queries = createProductQueries(db);
  const redisUrl = inject("redisUrl");
  const keyPrefix = testPrefix();

  // #region open
  const cache = createCache<Db, Tx>({
    redis: { url: redisUrl },
    nodeId: "node-1",
    keyPrefix,
    outbox: createOutbox(database, platformOutbox),
  });
  await cache.ready();
  // #endregion

  // #region define
  const productTags = defineTags(
    { product: (id: number) => id, category: (name: string) => name },
    (product: Product, tag) => [tag.product(product.id), tag.category(product.category)],
  );
  const products = cache.withTags(productTags);

  const productById = products.define<number, Product>({
    name: "product.byId",
    version: 1,
    key: (id) => String(id),
    tags: (id) => [productTags.tag.product(id)],
    freshFor: "5m",
    staleFor: "1h",
    negativeFor: "30s",
    load: (id) => queries.byId(id),
    loadMany: async (ids) => new Map((await queries.byIds([...ids])).map((product) => [product.id, product])),
  });
  // #endregion

  try {
    // #region read
    const product = await productById.get(1702); // null when no product has this id
    const several = await productById.getMany([1702, 1701]); // a Map, in this order
    // #endregion
    expect([product?.name, several.get(1701)?.category]).toEqual(["Kettle", "tea"]);

    const change = { id: 1701, version: 1, price: 950 };
    // #region write
    const changed = await products.mutate(db, async (tx, touched) => {
      const { before, after } = await queries.setPrice(tx, change);
      if (after === null) throw new Error("The product has been changed meanwhile.");
      touched.row(before, after);
      return after;
    });
    // From here on no read on this node returns the old price.
    // #endregion
    expect(changed.price).toBe(950);
    expect((await productById.get(1701))?.price).toBe(950);

    // #region invalidate
    await productById.invalidate(1702);
    await cache.invalidate({ tags: ["category:tea", "category:kitchen"] });
    await cache.invalidate({ groups: ["product.byId"] }, { mode: "expire" });
    await cache.invalidate({ keys: [{ group: "product.byId", key: "1702" }] }, { wait: "fleet" });
    // #endregion
    expect(productById.peek(1702)).toBeUndefined();

    // #region operate
    const { entries, isExact } = await cache.preview({ tags: ["category:tea"] });
    const { groups } = await cache.inspect.groups();
    const { keys, nextCursor } = await cache.inspect.keys({ prefix: "product.byId:17", limit: 100 });
    const { stored } = await cache.inspect.key({ group: "product.byId", key: "1702" });
    const { deleted } = await cache.deletePrefix("product.byId:17", { signal: AbortSignal.timeout(60_000) });
    // #endregion
    expect([entries, isExact, deleted].map((answer) => typeof answer)).toEqual(["number", "boolean", "number"]);
    expect(groups.map(({ group }) => group)).toContain("product.byId");
    expect(keys.length === 0 || keys[0]?.group === "product.byId").toBe(true);
    expect(nextCursor === null || typeof nextCursor === "string").toBe(true);
    expect(stored?.state ?? "void").toBe("void");
  } finally {
    await cache.close();
    await database.close();
  }
});

/** Every region of this file, without the indentation of its first line. */
async function regions(): Promise<Map<string, string>> {
  const source = await readFile(new URL(import.meta.url), "utf8");
  const found = source.matchAll(/^( *)\/\/ #region (\w+)\n([^]*?)\n *\/\/ #endregion/gmu);
  return new Map(
    [...found].map(([, indent = "", name = "", code = ""]) => [
      name,
      code.replaceAll(new RegExp(`^${indent}`, "gmu"), ""),
    ]),
  );
}

test("docs/cache.md shows these examples and no others", async () => {
  const guide = await readFile(new URL("../../../docs/cache.md", import.meta.url), "utf8");
  const shown = [...guide.matchAll(/^```ts\n([^]*?)\n```$/gmu)].map(([, code]) => code);
  expect(shown).toEqual([...(await regions()).values()]);
});
