import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBundles } from "@weir/testkit/bundles";
import { waitUntil } from "@weir/embedded/processes";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { prepareTestNodes } from "@/dev/test-node";
import { createNotesDatabase } from "@/dev/notes/test-notes";

const bundles = openBundles();
let startNode: Awaited<ReturnType<typeof prepareTestNodes>>;
let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  startNode = await prepareTestNodes(bundles);
  database = await createNotesDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => undefined });
}, 60_000);
afterAll(async () => {
  await sql.end();
  await database.drop();
  bundles.remove();
});

const dayMs = 86_400_000;
const metricsToken = "a token of the tests";

/** Sets the wall clock of a process, in place of the system's. The monotonic clock runs on. */
const clockOff = (offMs: number): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
      const Real = Date;
      globalThis.Date = class Date extends Real {
        constructor(...given) { if (given.length === 0) super(Real.now() + ${offMs}); else super(...given); }
        static now() { return Real.now() + ${offMs}; }
      };`)}`,
  );

test.each([400, -400])(
  "a process whose clock is off by %d days deletes nothing, dates nothing, and says so",
  async (days) => {
    await sql`delete from weir.telemetry_slots`;
    await sql`insert into weir.telemetry_slots (tier, start_at, reports, messages, written_at, head, body)
      select '1h', date_trunc('hour', now()) - make_interval(hours => n), 1, 1, now(), '', '' from generate_series(2, 170) n`;
    // A round takes place ten to thirty seconds into a minute of the node's clock; it starts at about five.
    const offMs = days * dayMs + 5_000 - (Date.now() % 60_000);
    const node = await startNode({
      databaseUrl: database.url,
      keyPrefix: testPrefix(),
      preloads: [clockOff(offMs)],
      env: {
        METRICS_TOKEN: metricsToken,
        ADMIN_EMAIL: "ada@example.com",
        ADMIN_PASSWORD: "correct horse battery staple 7",
      },
    });
    try {
      const ready = async () => (await fetch(`${node.origin}/readyz`)).json();
      expect(await ready()).toMatchObject({
        state: "degraded",
        parts: { clock: { state: "degraded", reason: "off" } },
      });
      const words = `The clock of this node is ${Math.abs(days)} days ${days > 0 ? "ahead" : "behind"}`;
      await expect.poll(node.output, { timeout: 10_000 }).toContain(words);

      const signedIn = await fetch(`${node.origin}/api/auth/sign-in/email`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: node.origin },
        body: JSON.stringify({ email: "ada@example.com", password: "correct horse battery staple 7" }),
      });
      expect(signedIn.status).toBe(200);
      const cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
      const me = await fetch(`${node.origin}/api/trpc/account.me`, { headers: { cookie, origin: node.origin } });
      expect(me.status).toBe(200);
      const sessions = await sql<{ ageSeconds: number; leftDays: number }[]>`
        select abs(extract(epoch from now() - created_at))::float8 as "ageSeconds",
          extract(epoch from expires_at - now())::float8 / 86400 as "leftDays" from weir.sessions`;
      expect(sessions.length).toBeGreaterThan(0);
      for (const { ageSeconds, leftDays } of sessions) {
        expect(ageSeconds).toBeLessThan(120);
        expect(leftDays).toBeGreaterThan(13);
        expect(leftDays).toBeLessThan(15);
      }

      const headers = { authorization: `Bearer ${metricsToken}` };
      const ranRollup = async (): Promise<boolean> => {
        const text = await (await fetch(`${node.origin}/metrics`, { headers })).text();
        return /task="telemetry\.rollup"[^\n]*\} [1-9]/u.test(text);
      };
      expect(await waitUntil(ranRollup, 80_000, 250)).toBe(true);
      const [left] = await sql<
        { count: number }[]
      >`select count(*)::int as count from weir.telemetry_slots where tier = '1h'`;
      expect(left?.count).toBe(169);
      const [wrong] = await sql<{ count: number }[]>`
        select count(*)::int as count from weir.telemetry_slots where start_at > now() + interval '1 hour'`;
      expect(wrong?.count).toBe(0);
    } finally {
      await node.stop();
      await sql`delete from weir.sessions`;
    }
  },
  150_000,
);
