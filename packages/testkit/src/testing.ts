import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";

export type TestDatabase = {
  url: string;
  /** Ends what is still connected and removes the database. */
  drop: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** A key prefix nobody else uses, ending in a colon. */
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

type Template = { name: string; lock: number; fill: (url: string) => Promise<void> };

// Imported when needed only: tests of the cache use this file without a database.
const migrate = async (url: string): Promise<void> => {
  const { migrateDatabase } = await import("@weir/postgres/migrate");
  await migrateDatabase(url);
};

const migrated: Template = { name: "weir_migrated", lock: 727_001, fill: migrate };

const withCities: Template = {
  name: "weir_with_cities",
  lock: 727_002,
  fill: async (url) => {
    await migrate(url);
    const [{ createDatabase }, { importCities }] = await Promise.all([
      import("@weir/postgres"),
      import("@/features/cities/import"),
    ]);
    const database = createDatabase({ url });
    try {
      await importCities(database);
    } finally {
      await database.close();
    }
  },
};

/** Builds the template when it is not there. Test files run at the same time: the first builds, the others wait for it. */
async function ensureTemplate(sql: postgres.Sql, { name, lock, fill }: Template): Promise<void> {
  await sql`select pg_advisory_lock(${lock})`;
  try {
    const [known] = await sql`select 1 from pg_database where datname = ${name}`;
    if (known !== undefined) return;
    const draft = `${name}_draft`;
    await sql`drop database if exists ${sql(draft)} with (force)`;
    await sql`create database ${sql(draft)}`;
    await fill(urlOf(draft));
    await sql`alter database ${sql(draft)} rename to ${sql(name)}`;
  } finally {
    await sql`select pg_advisory_unlock(${lock})`;
  }
}

/**
 * A fresh database of its own, migrated; with `cities` it holds all of them. Copied from a template, which the first
 * caller of a run pays for.
 */
export async function createTestDatabase(options: { cities?: boolean } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const template = options.cities === true ? withCities : migrated;
  await asAdmin(async (sql) => {
    await ensureTemplate(sql, template);
    await sql`create database ${sql(name)} template ${sql(template.name)}`;
  });
  const drop = (): Promise<void> =>
    asAdmin(async (sql) => {
      await sql`drop database if exists ${sql(name)} with (force)`;
    });
  return { url: urlOf(name), drop, [Symbol.asyncDispose]: drop };
}
