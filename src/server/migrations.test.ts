import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const run = promisify(execFile);

test("the migrations lead to the schema as it is written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "weir-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp("drizzle", folder, { recursive: true });
  const before = await readdir(folder);
  // drizzle-kit takes relative folders only. On a difference it writes one more migration, here into the copy.
  const options = ["--dialect", "postgresql", "--schema", "src/server/schema.ts", "--out", relative(".", folder)];
  await run(process.execPath, ["node_modules/drizzle-kit/bin.cjs", "generate", ...options]);
  expect(await readdir(folder)).toEqual(before);
  // It starts a program that compiles the schema first.
}, 60_000);
