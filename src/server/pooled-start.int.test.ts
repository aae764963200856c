import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase, detectPooling } from "@weir/postgres";
import { openBundles } from "@weir/testkit/bundles";
import { hasPgBouncer, startPgBouncer } from "@weir/testkit/pgbouncer";
import { createTestDatabase, testPrefix } from "@weir/testkit/testing";
import { prepareTestNodes, type TestNode } from "@/dev/test-node";
import { useNotes, visit, visitorEnvironment } from "@/dev/test-visit";
import { notesFeatures } from "@/dev/notes/test-notes";
import { migrateAll } from "./migrations";

const bundles = openBundles();
let startNode: Awaited<ReturnType<typeof prepareTestNodes>>;
beforeAll(async () => {
  startNode = await prepareTestNodes(bundles);
});
afterAll(() => bundles.remove());

const locksOf = (admin: postgres.Sql) => admin`
  select l.objid from pg_locks l join pg_database d on d.oid = l.database
  where l.locktype = 'advisory' and d.datname = current_database()`;

describe.skipIf(!hasPgBouncer)("behind PgBouncer in transaction mode", () => {
  test.each([1, 2])("nodes that start together over %i sessions migrate, serve and leave no lock", async (poolSize) => {
    await using home = await createTestDatabase();
    const admin = postgres(home.url, { max: 1, onnotice: () => undefined });
    // Empty, as on the first start.
    await admin.unsafe("drop schema weir cascade");
    await using pooler = await startPgBouncer(home.url, { mode: "transaction", poolSize });
    const keyPrefix = testPrefix();
    const nodes: TestNode[] = [];
    const start = () => startNode({ databaseUrl: pooler.url, keyPrefix, env: { ...visitorEnvironment, SEED: "on" } });
    try {
      const begun = await Promise.all([start(), start(), migrateAll(pooler.url, notesFeatures)]);
      const [first, second] = begun;
      nodes.push(first, second);
      expect(first.output()).toMatch(/Postgres: The connection goes through a pooler in transaction mode/);
      const [one, two] = await Promise.all([visit(first), visit(second)]);
      // Each node reads what the other wrote: the invalidation travels with the commit.
      await two.query("note.byId", { id: 1_001 });
      await useNotes(one, "Written by the first");
      await expect
        .poll(() => two.query("note.byId", { id: 1_001 }), { timeout: 10_000 })
        .toMatchObject({ title: "Written by the first" });
      await useNotes(two, "Written by the second");
      await expect
        .poll(() => one.query("note.byId", { id: 1_001 }), { timeout: 10_000 })
        .toMatchObject({ title: "Written by the second" });
      // Rows of programs that know nothing of the nodes are found by the sweep: nothing can listen here.
      await admin.begin(async (tx) => {
        await tx`update notes.notes set title = 'Written outside', version = version + 1 where id = 1001`;
        await tx`select weir.invalidate(array['note:1001'])`;
      });
      await expect
        .poll(() => one.query("note.byId", { id: 1_001 }), { timeout: 20_000 })
        .toMatchObject({ title: "Written outside" });
      // A burst with more calls than sessions.
      await Promise.all(Array.from({ length: 40 }, (_, at) => one.query("note.search", { q: `no${at}` })));
      expect(await locksOf(admin)).toHaveLength(0);

      // The next start finds nothing that an earlier one left.
      await first.kill();
      nodes.splice(0, 1);
      const third = await start();
      nodes.push(third);
      await useNotes(await visit(third), "Written by the third");
    } finally {
      await Promise.all(nodes.map((node) => node.stop()));
      await admin.end();
    }
  });

  test("a lock that another program left on a pooled session does not hold up a start", async () => {
    await using home = await createTestDatabase();
    await using pooler = await startPgBouncer(home.url, { mode: "transaction", poolSize: 2 });
    const other = postgres(pooler.url, { max: 1, prepare: false, fetch_types: false });
    await other`select pg_advisory_lock(20251201)`;
    await other.end();
    await migrateAll(pooler.url, notesFeatures);
    const database = createDatabase({ url: pooler.url, max: 4, pooling: await detectPooling(pooler.url) });
    expect(await database.db.execute(sql`select count(*)::int as count from notes.notes`)).toEqual([{ count: 0 }]);
    await database.close();
  });
});
