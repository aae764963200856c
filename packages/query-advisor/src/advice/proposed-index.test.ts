import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import {
  createDrizzle,
  createSql,
  dropDrizzle,
  dropSql,
  nameIndex,
  plainKey,
  type ProposedIndex,
  type ProposedKey,
  usualProperty,
} from "./proposed-index";
import { index as existing, things } from "./test-catalog";

const run = promisify(execFile);

const key = (text: string, more: Partial<ProposedKey> = {}): ProposedKey => ({ ...plainKey(text), ...more });
const proposed = (method: ProposedIndex["method"], ...keys: ProposedKey[]): ProposedIndex => ({
  table: things,
  method,
  keys,
  extension: null,
});

const proposals = [
  proposed("btree", key("owner_id")),
  proposed("btree", key("owner_id"), key("rank", { isDescending: true, isNullsFirst: true }), key("id")),
  proposed("btree", key("rank", { isDescending: true })),
  proposed("btree", key("rank", { isNullsFirst: true })),
  proposed("btree", key("name", { operatorClass: "text_pattern_ops" })),
  proposed("btree", key("lower(name)", { column: null })),
  proposed("btree", key("order")),
  proposed("gin", key("name", { operatorClass: "gin_trgm_ops" })),
  proposed("gist", key("place")),
];

/** As drizzle-kit writes its table, without the orders that are the Postgres defaults. */
const plain = (sql: string): string =>
  sql
    .replace(" CONCURRENTLY", "")
    .replace('"public".', "")
    .replaceAll(/ ASC(?= NULLS)| NULLS LAST(?=[,)])(?<! DESC NULLS LAST)|(?<= DESC) NULLS FIRST/g, "")
    // Only one of the two puts parentheses around an expression.
    .replaceAll(/[\s"();,]+/g, " ")
    .trim();

test("the Drizzle entries compile, and drizzle-kit generates the same indexes as the SQL", async () => {
  const folder = await mkdtemp(join("node_modules", ".weir-advice-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const taken = new Set<string>();
  const made = proposals.map((index) => {
    const name = nameIndex(index, taken);
    taken.add(name);
    return { sql: createSql(index, name, new Set()), drizzle: createDrizzle(index, name, usualProperty) };
  });
  const file = join(folder, "schema.ts");
  await writeFile(
    file,
    `import { sql } from "drizzle-orm";
import { index, integer, pgTable, point, text } from "drizzle-orm/pg-core";
export const things = pgTable("things", {
  id: integer("id"), ownerId: integer("owner_id"), name: text("name"), rank: integer("rank"), place: point("place"), order: text("order"),
}, (t) => [
${made.map(({ drizzle }) => `  ${drizzle},`).join("\n")}
  ${dropDrizzle(existing("gone", ["rank"]))}
]);
export const fragment = sql\`1\`;
`,
  );
  const options = [
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--module",
    "nodenext",
    "--target",
    "es2023",
  ];
  const compiled = await run(process.execPath, ["node_modules/@typescript/native/bin/tsc", ...options, file]).catch(
    (error: { stdout?: string }) => error,
  );
  expect(compiled.stdout).toBe("");

  const kit = ["generate", "--dialect", "postgresql", "--schema", file, "--out", join(folder, "out")];
  await run(process.execPath, ["node_modules/drizzle-kit/bin.cjs", ...kit]);
  const migration = (await readdir(join(folder, "out"))).find((name) => name.endsWith(".sql"));
  const text = await readFile(join(folder, "out", migration ?? ""), "utf8");
  const indexes = [...text.matchAll(/CREATE INDEX [^;]*/g)].map(([sql]) => plain(sql));
  expect(indexes).toEqual(made.flatMap(({ sql }) => sql).map(plain));
  // Starts two programs that compile.
}, 90_000);

test("names are quoted everywhere in the SQL", () => {
  const table = { ...things, name: 'odd "schema".Things' };
  const index = { ...proposed("btree", key('the "column"')), table };
  expect(createSql(index, 'i"x', new Set())).toEqual([
    'CREATE INDEX CONCURRENTLY "i""x" ON "odd ""schema"""."Things" USING btree ("the ""column""")',
  ]);
  expect(dropSql({ ...existing('i"x', ["rank"]), table: table.name })).toEqual([
    'DROP INDEX CONCURRENTLY "odd ""schema"""."i""x"',
  ]);
});
