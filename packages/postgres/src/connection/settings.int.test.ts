import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { createDatabase } from "..";

/** Defaults that a database, or a role, may have. Each alters what is read here, or when a session ends. */
const hostile = {
  DateStyle: "German",
  IntervalStyle: "iso_8601",
  TimeZone: "Asia/Kathmandu",
  bytea_output: "escape",
  extra_float_digits: "-3",
  standard_conforming_strings: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  quote_all_identifiers: "on",
  default_transaction_isolation: "serializable",
  lock_timeout: "1ms",
  statement_timeout: "1ms",
  idle_session_timeout: "1ms",
  idle_in_transaction_session_timeout: "1ms",
  search_path: "nowhere",
};

let home: TestDatabase;
let admin: postgres.Sql;
beforeAll(async () => {
  home = await createTestDatabase();
  const elsewhere = new URL(home.url);
  elsewhere.pathname = "postgres";
  admin = postgres(elsewhere.href, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await admin.end();
  await home.drop();
});

const name = (): string => new URL(home.url).pathname.slice(1);
const set = (of: Readonly<Record<string, string>>): Promise<unknown> =>
  Promise.all(
    Object.entries(of).map(([key, value]) => admin.unsafe(`alter database ${name()} set ${key} = '${value}'`)),
  );

async function read(): Promise<unknown> {
  const database = createDatabase({ url: home.url, max: 1 });
  try {
    const [row] = await database.db.execute(sql`
      select '2026-11-30 21:15:00.123456+01'::timestamptz as moment, '2026-11-30'::date as day,
        interval '1 day 2 hours' as span, '\\x00ff'::bytea as bytes, (1::float8 / 3) as third,
        'back\\slash' as text, '{a,NULL}'::text[] as list, ${null}::text = null as is_null,
        quote_ident('name') as name, current_setting('transaction_isolation') as isolation`);
    // Longer than any of the hostile limits, between two statements and within a transaction.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await database.transaction(async (tx) => {
      await tx.execute(sql`select pg_sleep(0.02)`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await tx.execute(sql`select 1`);
    });
    return row;
  } finally {
    await database.close();
  }
}

test.each([...Object.entries(hostile).map(([key, value]) => ({ [key]: value })), hostile])(
  "nothing is assumed of a session: %o",
  async (settings) => {
    await admin.unsafe(`alter database ${name()} reset all`);
    const expected = await read();
    await set(settings);
    expect(await read()).toEqual(expected);
  },
);

test("of several hosts the first that responds is used", async () => {
  const { host } = new URL(home.url);
  const url = `${home.url.replace(host, `127.0.0.1:1,${host}`)}?target_session_attrs=read-write&connection_limit=3`;
  const database = createDatabase({ url, max: 1 });
  try {
    expect(await database.ping()).toBeGreaterThan(0);
  } finally {
    await database.close();
  }
});

test("the schema that a URL names is that of unqualified names", async () => {
  const database = createDatabase({ url: `${home.url}?schema=shop&pgbouncer=true`, max: 1 });
  try {
    const [row] = await database.db.execute(sql`select current_setting('search_path') as path`);
    expect(row).toEqual({ path: "shop" });
  } finally {
    await database.close();
  }
});
