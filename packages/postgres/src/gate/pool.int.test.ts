import fc from "fast-check";
import { inject, expect, test } from "vitest";
import { type Connection, createConnection } from "../connection/connection";
import { createPool, type Lease, type Pool, type PoolOptions } from "./pool";

type Watched = { pool: Pool; opened: Connection[]; maxInFlight: () => number; maxPerConnection: () => number };

const shape = { prepare: false, shape: "objects" } as const;

/** A pool over real connections that count the statements in flight on them. */
function openPool(options: Partial<PoolOptions> = {}): Watched {
  const opened: Connection[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  let maxPerConnection = 0;

  function openConnection(): Connection {
    const inner = createConnection({
      url: inject("databaseUrl"),
      applicationName: "weir pool test",
      statementTimeoutMs: 5_000,
      connectTimeoutMs: 5_000,
      prepare: true,
    });
    let here = 0;
    const watched: Connection = {
      ...inner,
      send: async (...statement) => {
        inFlight += 1;
        here += 1;
        maxInFlight = Math.max(maxInFlight, inFlight);
        maxPerConnection = Math.max(maxPerConnection, here);
        try {
          return await inner.send(...statement);
        } finally {
          inFlight -= 1;
          here -= 1;
        }
      },
    };
    opened.push(watched);
    return watched;
  }

  const pool = createPool({
    max: 3,
    queueLimit: 1_000,
    acquireTimeoutMs: 20_000,
    statementTimeoutMs: 5_000,
    now: () => performance.now(),
    maxAgeMs: () => 60_000,
    openConnection,
    ...options,
  });
  return { pool, opened, maxInFlight: () => maxInFlight, maxPerConnection: () => maxPerConnection };
}

async function use<Result>(pool: Pool, work: (lease: Lease) => Promise<Result>): Promise<Result> {
  const lease = await pool.acquire(null);
  try {
    return await work(lease);
  } finally {
    lease.release();
  }
}

const backendPid = (pool: Pool): Promise<unknown> =>
  use(pool, async ({ connection }) => (await connection.send("select pg_backend_pid() as pid", [], shape))[0]?.["pid"]);

test("never more than max statements are in flight, and never two on one connection (rule D2)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(
        fc.constantFrom(
          "select 1",
          "select pg_sleep(0.002)",
          "select 1/0",
          "select pg_terminate_backend(pg_backend_pid())",
        ),
        {
          minLength: 1,
          maxLength: 40,
        },
      ),
      async (max, statements) => {
        const { pool, opened, maxInFlight, maxPerConnection } = openPool({ max });
        const settled = await Promise.allSettled(
          statements.map((text) => use(pool, ({ connection }) => connection.send(text, [], shape))),
        );
        expect(maxInFlight()).toBe(Math.min(max, statements.length));
        expect(maxPerConnection()).toBe(1);
        expect(settled.map(({ status }) => status)).toEqual(
          statements.map((text) => (/1\/0|terminate/.test(text) ? "rejected" : "fulfilled")),
        );
        const lost = statements.filter((text) => text.includes("terminate")).length;
        expect(opened.length).toBeLessThanOrEqual(max + lost);
        expect(pool.stats()).toMatchObject({ inUse: 0, queued: 0 });
        await pool.close();
      },
    ),
    { numRuns: 20 },
  );
});

test("a connection is used again until it is too old, and then replaced between two uses", async () => {
  let nowMs = 0;
  const { pool, opened } = openPool({ now: () => nowMs, maxAgeMs: () => 1_000 });
  const first = await backendPid(pool);
  expect(await backendPid(pool)).toBe(first);
  nowMs = 1_000;
  expect(await backendPid(pool)).not.toBe(first);
  expect(opened).toHaveLength(2);
  expect(opened[0]?.isUsable()).toBe(false);
  await pool.close();
});

test("a connection that Postgres ended is replaced without an error", async () => {
  const { pool, opened } = openPool();
  const pid = await backendPid(pool);
  const other = openPool();
  await use(other.pool, ({ connection }) => connection.send("select pg_terminate_backend($1, 5000)", [pid], shape));
  await opened[0]?.lost.catch(() => undefined);
  expect(await backendPid(pool)).not.toBe(pid);
  await Promise.all([pool.close(), other.pool.close()]);
});

test("a statement that never settles is written off with its connection", async () => {
  // The server allows the statement five seconds, the pool believes in one millisecond and gives five seconds of grace.
  let nowMs = 0;
  const { pool, opened } = openPool({ max: 1, now: () => nowMs, statementTimeoutMs: 1 });
  const stuck = use(pool, ({ connection }) => {
    nowMs = 6_000;
    return connection.send("select pg_sleep(4)", [], shape);
  });
  await expect(stuck).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  expect(opened[0]?.isUsable()).toBe(false);
  expect(pool.stats().inUse).toBe(0);
  await pool.close();
});

test("closing waits for what is in flight and leaves no connection behind", async () => {
  const { pool, opened } = openPool();
  const running = use(pool, ({ connection }) => connection.send("select pg_sleep(0.05), 7 as seven", [], shape));
  const lease = pool.acquire(null);
  (await lease).release();
  await pool.close();
  expect((await running)[0]).toMatchObject({ seven: 7 });
  expect(opened.every((connection) => !connection.isUsable())).toBe(true);
  await expect(pool.acquire(null)).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
});
