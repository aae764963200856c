import { randomBytes } from "node:crypto";
import { join } from "node:path";
import postgres from "postgres";
import { inject } from "vitest";

export type TestDatabase = {
  url: string;
  /** Ends open connections and drops the database. */
  drop: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** A key prefix that nothing else uses, ending in a colon. */
export function testPrefix(): string {
  return `test-${randomBytes(8).toString("hex")}:`;
}

async function asAdmin<Result>(work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
  const sql = postgres(inject("databaseUrl"), { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

function urlOf(name: string): string {
  const url = new URL(inject("databaseUrl"));
  url.pathname = name;
  return url.href;
}

/** How to make a database that tests copy. */
export type DatabaseTemplate = {
  /** Of the template database; one per content. */
  name: string;
  /** Fills a database that has the platform's migrations. */
  fill: (url: string) => Promise<void>;
};

const migrated: DatabaseTemplate = {
  name: "weir_migrated",
  fill: async (url) => {
    // Imported when needed only: tests of the cache use this file without a database.
    const { migrateDatabase } = await import("@weir/postgres");
    await migrateDatabase(url, { folder: join(import.meta.dirname, "../../../drizzle") });
  },
};

/** Any number that nothing else locks in this way. */
const lockClass = 727_001;

/** Makes the template unless it exists. Of test files that run at the same time, the first makes it and the others wait. */
async function ensureTemplate(sql: postgres.Sql, { name, fill }: DatabaseTemplate, source: string): Promise<void> {
  await sql`select pg_advisory_lock(${lockClass}, hashtext(${name}))`;
  try {
    const [known] = await sql`select 1 from pg_database where datname = ${name}`;
    if (known !== undefined) return;
    const draft = `${name}_draft`;
    await sql`drop database if exists ${sql(draft)} with (force)`;
    await sql`create database ${sql(draft)} template ${sql(source)}`;
    await fill(urlOf(draft));
    await sql`alter database ${sql(draft)} rename to ${sql(name)}`;
  } finally {
    await sql`select pg_advisory_unlock(${lockClass}, hashtext(${name}))`;
  }
}

/**
 * Creates a database for one test file, on the test run's own server, with the platform's migrations applied. With
 * `template` it also contains what the template's `fill` wrote. Templates are made once per run, by the first caller;
 * a copy takes some 50 ms.
 */
export async function createTestDatabase(options: { template?: DatabaseTemplate } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const { template } = options;
  await asAdmin(async (sql) => {
    await ensureTemplate(sql, migrated, "template1");
    if (template !== undefined) await ensureTemplate(sql, template, migrated.name);
    await sql`create database ${sql(name)} template ${sql((template ?? migrated).name)}`;
    // As a migration leaves it for a role named weir; such a setting is not copied.
    await sql`alter database ${sql(name)} set search_path = public`;
  });
  const drop = (): Promise<void> =>
    asAdmin(async (sql) => {
      await sql`drop database if exists ${sql(name)} with (force)`;
    });
  return { url: urlOf(name), drop, [Symbol.asyncDispose]: drop };
}
