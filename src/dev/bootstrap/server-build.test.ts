import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
let folder: string;
let text = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-build-"));
  await promisify(execFile)(process.execPath, ["build.mjs", folder], { cwd: root });
  const files = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  text = (await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the built server contains the engines and no package from npm, not even an optional one", () => {
  expect(text).toMatch(/^\/\/ packages\/cache\/src\//m);
  expect(text.match(/^\/\/ node_modules\/.*$/gm)).toBeNull();
  for (const name of ["pino-pretty", "next"]) expect(text).toContain(`import("${name}")`);
});

test("the built server contains no page", () => {
  expect(text.match(/^\/\/ src\/(?:ui|app|features\/\w+\/ui)\/.*$/gm)).toBeNull();
  expect(text).not.toMatch(/from "(?:react|react-dom|@tanstack\/react-query|next)(?:\/[^"]*)?"/);
});
