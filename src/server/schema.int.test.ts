import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { loadFeatures } from "./features";
import type { FeatureServers } from "./rpc/feature-server";
import { expect, onTestFinished, test } from "vitest";

const run = promisify(execFile);

const folders: { schema: string; migrations: string }[] = [
  { schema: "src/server/schema.ts", migrations: "drizzle" },
  ...Object.entries((await loadFeatures()) as FeatureServers).flatMap(([name, { migrations }]) =>
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
