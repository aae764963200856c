import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { loadFeatures } from "./features";
import type { FeatureServers } from "./rpc/feature-server";
import { expect, onTestFinished, test } from "vitest";

const run = promisify(execFile);

const features = Object.entries((await loadFeatures()) as FeatureServers);
const folders: { schema: string; migrations: string }[] = [
  { schema: "src/server/schema.ts", migrations: "drizzle" },
  ...features.flatMap(([name, { migrations }]) =>
    migrations === undefined ? [] : [{ schema: `src/features/${name}/schema.ts`, migrations }],
  ),
];

test.for(folders)(
  "the migrations in $migrations produce the declared schema",
  { timeout: 60_000 },
  async ({ schema, migrations }) => {
    const folder = await mkdtemp(join(tmpdir(), "weir-migrations-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await cp(migrations, folder, { recursive: true });
    const before = await readdir(folder);
    // drizzle-kit takes relative folders only. On a difference it writes another migration, here into the copy.
    const options = ["--dialect", "postgresql", "--schema", schema, "--out", relative(".", folder)];
    await run(process.execPath, ["node_modules/drizzle-kit/bin.cjs", "generate", ...options]);
    expect(await readdir(folder)).toEqual(before);
  },
);

test("a feature migrates its tables, or they belong to another program and it names their trigger", async () => {
  for (const [name, { migrations, copies, touchTriggers = [] }] of features) {
    const file = join(import.meta.dirname, `../features/${name}/schema.ts`);
    if (migrations !== undefined || !existsSync(file)) continue;
    // As each module is: exports of any type.
    const exported = Object.values((await import(file)) as Record<string, unknown>);
    const tables = exported.flatMap((one) => (is(one, PgTable) ? [getTableConfig(one)] : []));
    const declared = tables.map(({ schema = "public", name: table }) => `${schema}.${table}`);
    expect(
      touchTriggers.map(({ schema, table }) => `${schema}.${table}`),
      name,
    ).toEqual(declared);
    expect(copies, `${name} declares no migrations for ${declared.join(", ")}`).toBeDefined();
  }
});
