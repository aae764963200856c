import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { createOutboxListener } from "..";

let home: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  home = await createTestDatabase();
  sql = postgres(home.url, { max: 4, onnotice: () => undefined });
});
afterAll(async () => {
  await sql.end();
  await home.drop();
});
beforeEach(async () => {
  await sql`delete from weir.cache_outbox`;
});

/** Counts the calls; `next` resolves with the number of the next one. */
function counter() {
  let calls = 0;
  let waiting: (() => void)[] = [];
  return {
    call: () => {
      calls += 1;
      const all = waiting;
      waiting = [];
      for (const resolve of all) resolve();
    },
    count: () => calls,
    next: async () => {
      await new Promise<void>((resolve) => void waiting.push(resolve));
      return calls;
    },
  };
}

async function listen(url = home.url) {
  const calls = counter();
  const listener = createOutboxListener({ url, applicationName: "weir listener test", everyMs: 20 });
  const first = calls.next();
  const stop = listener.watch(calls.call);
  onTestFinished(stop);
  return { ...calls, first, listener, stop };
}

const write = (on: postgres.Sql | postgres.TransactionSql = sql) => on`select weir.invalidate('{book:1}')`;

test("a commit by another program is heard of, a rollback and a node's own write are not", async () => {
  const one = await listen();
  expect(await one.first).toBe(1);
  expect(one.listener.state()).toBe("listening");
  let heard = one.next();
  await write();
  expect(await heard).toBe(2);

  await sql
    .begin(async (tx) => {
      await write(tx);
      throw new Error("rolled back");
    })
    .catch(() => undefined);
  await sql`insert into weir.cache_outbox (tags, is_own) values ('{book:1}', true)`;
  heard = one.next();
  // Notifications arrive in the order of the commits: nothing came before this one.
  await sql`notify weir_outbox`;
  expect(await heard).toBe(3);
});

test("a writer that must not notify leaves its row to the sweep", async () => {
  const quiet = postgres(home.url, { max: 1 });
  onTestFinished(() => quiet.end());
  await quiet`set weir.notify = off`;
  const one = await listen();
  await one.first;
  await write(quiet);
  const heard = one.next();
  await quiet`notify weir_outbox`;
  expect(await heard).toBe(2);
  expect(await sql`select from weir.cache_outbox`).toHaveLength(1);
});

test("only one commit at a time notifies, and no commit waits for another", async () => {
  const one = await listen();
  await one.first;
  const reserved = await sql.reserve();
  await reserved`begin`;
  await reserved`select pg_advisory_xact_lock(1464158546, 1)`;
  // Another transaction is at it: this one commits at once and leaves the row to the sweeps that follow the other.
  await write();
  expect(await sql`select from weir.cache_outbox`).toHaveLength(1);
  const heard = one.next();
  await reserved`select pg_notify('weir_outbox', '')`;
  await reserved`commit`;
  reserved.release();
  expect(await heard).toBe(2);
});

test("one node of several listens, and another takes over", async () => {
  const nodes = [await listen()];
  await nodes[0]?.first;
  nodes.push(await listen());
  await expect.poll(() => nodes.map(({ listener }) => listener.state())).toEqual(["listening", "standby"]);
  const tookOver = nodes[1]?.first;
  await nodes[0]?.stop();
  await tookOver;
  expect(nodes[1]?.listener.state()).toBe("listening");
  const heard = nodes[1]?.next();
  await write();
  await heard;
});

test("it listens again after its session was ended, and calls for what was committed in between", async () => {
  const one = await listen();
  await one.first;
  const again = one.next();
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'weir listener test'`;
  await again;
  expect(one.listener.state()).toBe("listening");
  const heard = one.next();
  await write();
  await heard;
});

test("a connection that hangs is replaced", { timeout: 30_000 }, async () => {
  await using proxy = await openFaultProxy(home.url);
  const one = await listen(proxy.url);
  await one.first;
  proxy.freeze();
  await expect.poll(() => one.listener.state(), { timeout: 10_000 }).toBe("away");
  const again = one.next();
  proxy.heal();
  await again;
  expect(one.listener.state()).toBe("listening");
});

test("it stops while the server is away", async () => {
  const one = await listen("postgres://127.0.0.1:1/none");
  expect(one.listener.state()).toBe("away");
  await one.stop();
  expect(one.count()).toBe(0);
});
