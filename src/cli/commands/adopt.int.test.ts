import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyClone } from "@/dev/without-features";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";

const run = promisify(execFile);
let clone: string;
let database: TestDatabase;
let sql: postgres.Sql;

/** The tables of pgbench, as `pgbench -i` makes them. */
const pgbench = `
  CREATE TABLE pgbench_accounts (aid integer NOT NULL PRIMARY KEY, bid integer, abalance integer, filler char(84));
  CREATE TABLE pgbench_history (tid integer, bid integer, aid integer, delta integer, mtime timestamp, filler char(22));
  INSERT INTO pgbench_accounts SELECT n, 1, 0, '' FROM generate_series(1, 1000) n;
`;

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), "weir-adopt-"));
  copyClone(clone);
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  const samples = ["test-shop.sql", "test-film-rental.sql"].map((name) => join(import.meta.dirname, "../adopt", name));
  for (const text of [pgbench, ...(await Promise.all(samples.map((path) => readFile(path, "utf8"))))]) {
    await sql.unsafe(text);
  }
}, 60_000);
afterAll(async () => {
  await sql.end();
  await database.drop();
  await rm(clone, { recursive: true, force: true });
});

const tool = (path: string, ...args: string[]) =>
  run(process.execPath, [`node_modules/${path}`, ...args], { cwd: clone });
/** `weir adopt table …` on the database, with what it printed. */
const adopt = (url: string, ...args: string[]) =>
  run(
    "env",
    [`DATABASE_URL=${url}`, process.execPath, "--import", "tsx", "src/cli/main.ts", "adopt", "table", ...args],
    {
      cwd: clone,
    },
  );
const refusal = async (url: string, ...args: string[]): Promise<string> => {
  try {
    await adopt(url, ...args);
  } catch (error) {
    // As execFile rejects.
    const { stderr } = error as { stderr: string };
    return stderr.trim();
  }
  throw new Error(`${args.join(" ")} was not refused.`);
};

test("a dry run says everything and changes nothing", { timeout: 30_000 }, async () => {
  const before = await readFile(join(clone, "src/features/index.ts"), "utf8");
  const { stdout } = await adopt(database.url, "rental.film", "--dry-run");
  for (const said of [
    /rental\.film: about 1,000 rows, \d+ KB and \d+ KB of indexes; owner \S+, read as \S+\. Its comment: One title/,
    /src\/features\/films\/touch\.sql {2}\d+ lines, \d/,
    /fulltext is left out/,
    /release_year \(rental\.year\) is mapped: the domain rental\.year is read as its int4/,
    /rating \(rental\.mpaa_rating\) is mapped: an enum/,
    /CREATE INDEX CONCURRENTLY "film_language_id_title_film_id" ON "rental"\."film"/,
    /before: Limit ← .* cost \d/,
    /with the index there: Limit ← Index .* ms/,
    /Yours to decide:/,
  ]) {
    expect(stdout).toMatch(said);
  }
  expect(existsSync(join(clone, "src/features/films"))).toBe(false);
  expect(await readFile(join(clone, "src/features/index.ts"), "utf8")).toBe(before);
  // The trial has left nothing in the table.
  expect(await sql`select indexname from pg_indexes where tablename = 'film' order by 1`).toHaveLength(4);
});

test("what cannot be adopted is refused in one line", { timeout: 60_000 }, async () => {
  const { hostname, port } = new URL(database.url);
  const refused = await Promise.all([
    refusal(database.url, "pgbench_history"),
    refusal(database.url, "rental.film_list"),
    refusal(database.url, "rental.rental_by_language"),
    refusal(database.url, "rental.payment_2026_01"),
    refusal(database.url, "rental.fil"),
    refusal(database.url, "a.b.c"),
    refusal(`postgres://nobody:wrong@${hostname}:${port}/postgres`, "film"),
    refusal(`postgres://postgres@127.0.0.1:1/postgres`, "film"),
  ]);
  const expected = [
    /^public\.pgbench_history cannot be adopted: it has no primary key and no unique index/,
    /it is a view/,
    /it is a materialized view/,
    /it is a partition of rental\.payment/,
    /^No table rental\.fil in the database \S+\. There are rental\.film,/,
    /^Not the name of a table/,
    /^DATABASE_URL \(.*\): .*\. Check the user, the password/,
    /^DATABASE_URL \(127\.0\.0\.1:1\): nothing listens there/,
  ];
  for (const [index, pattern] of expected.entries()) {
    expect(refused[index]).toMatch(pattern);
    expect(refused[index]).not.toContain("\n");
  }
});

test(
  "adopted tables of three schemas pass types, lint, format, walls, dead code and their own tests as they are",
  { timeout: 300_000 },
  async () => {
    const names = ["pgbench-accounts", "order-details", "films", "film-actors", "payments", "staffs"];
    await adopt(database.url, "pgbench_accounts");
    await adopt(database.url, 'shop."Order Details"', "--read-role", "everyone");
    await adopt(database.url, "rental.film", "--filters", "language_id,rating");
    for (const table of ["rental.film_actor", "rental.payment", "rental.staff"]) await adopt(database.url, table);
    const folders = names.map((name) => `src/features/${name}`);
    // One after the other: each uses all cores.
    await tool("@typescript/native/bin/tsc", "-p", ".");
    await tool("oxlint/bin/oxlint", "--type-aware", ...folders);
    await tool("oxfmt/bin/oxfmt", "--check", ...folders, "src/features/index.ts");
    await tool("dependency-cruiser/bin/dependency-cruise.mjs", "-T", "err-long", "src", "packages");
    await tool("knip/bin/knip.js");
    const { stdout } = await tool("vitest/vitest.mjs", "run", "--project", "integration", ...folders);
    expect(stdout).toContain(`${folders.length} passed`);
  },
);
