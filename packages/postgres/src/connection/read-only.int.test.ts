import postgres from "postgres";
import { beforeEach, expect, test } from "vitest";
import { createTestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "../database";

let url: string;
let admin: postgres.Sql;
let database: Database;

beforeEach(async () => {
  const own = await createTestDatabase();
  url = own.url;
  admin = postgres(url, { max: 1, onnotice: () => undefined });
  await admin`create table counters (n int)`;
  database = createDatabase({ url, max: 3 });
  return async () => {
    await database.close();
    await admin.end();
    await own.drop();
  };
});

/** As after a failover: new sessions are read-only, or no longer; the open ones stay as they are. */
async function setReadOnly(isOn: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await admin`set default_transaction_read_only = off`;
  await admin.unsafe(`alter database ${name} set default_transaction_read_only = ${isOn ? "on" : "off"}`);
}

const endOtherSessions = () =>
  admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
const write = () => database.db.execute("insert into counters values (1)");
const outcomes = async (count: number): Promise<unknown[]> =>
  (await Promise.allSettled(Array.from({ length: count }, write))).map((one) =>
    one.status === "fulfilled" ? "written" : (one.reason as { code?: string }).code,
  );

test("a session that became read-only is DATABASE_UNAVAILABLE, and is left for one that takes writes", async () => {
  expect(await outcomes(6)).toEqual(Array.from({ length: 6 }, () => "written"));
  await setReadOnly(true);
  await endOtherSessions();
  // The lost sessions fail first.
  await outcomes(3);
  expect(await outcomes(3)).toEqual(Array.from({ length: 3 }, () => "DATABASE_UNAVAILABLE"));
  await expect(write()).rejects.toThrow(/read-only/u);

  await setReadOnly(false);
  // The pause before sessions are renewed again is at most fifteen seconds.
  await expect.poll(() => outcomes(1), { timeout: 20_000, interval: 50 }).toEqual(["written"]);
  expect(await outcomes(6)).toEqual(Array.from({ length: 6 }, () => "written"));
}, 60_000);

test("while writes are refused, sessions are not opened for each of them", async () => {
  await setReadOnly(true);
  const seen = new Set<number>();
  for (let time = 0; time < 50; time += 1) {
    await outcomes(1);
    const rows = await database.db.execute<{ pid: number }>("select pg_backend_pid() as pid");
    for (const { pid } of rows) seen.add(pid);
  }
  expect(seen.size).toBeLessThanOrEqual(4);
});

test("a transaction that asked to be read-only gets the error of its own statement, and keeps the session", async () => {
  const pid = async () => (await database.db.execute<{ pid: number }>("select pg_backend_pid() as pid"))[0]?.pid;
  const before = await pid();
  await expect(
    database.transaction((tx) => tx.execute("insert into counters values (1)"), { isReadOnly: true }),
  ).rejects.not.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  expect(await pid()).toBe(before);
});
