import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

import { assertReadable } from "./build.js";

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

test("the built server imports production dependencies only, and pino-pretty where it is installed", async () => {
  const manifests = [
    "package.json",
    ...(await readdir(join(root, "packages"))).map((name) => `packages/${name}/package.json`),
  ];
  const production = await Promise.all(
    manifests.map(async (file) => {
      const { dependencies = {} } = JSON.parse(await readFile(join(root, file), "utf8")) as {
        dependencies?: Record<string, string>;
      };
      return Object.keys(dependencies);
    }),
  );
  const known = new Set(production.flat());
  const imported = [
    ...text.matchAll(
      /^(?:import|export) .*?from "([^".][^"]*)";$|^import "([^".][^"]*)";$|\bimport\("([^".][^"]*)"\)/gm,
    ),
  ]
    .map(([, named, bare, lazy]) => named ?? bare ?? lazy ?? "")
    .filter((path) => !path.startsWith("node:"))
    .map((path) => path.split("/", path.startsWith("@") ? 2 : 1).join("/"));
  expect(imported).toContain("next");
  expect([...new Set(imported)].filter((name) => !known.has(name))).toEqual(["pino-pretty"]);
});

test.each(["/home/me/c#/weir", "/home/me/what?/weir"])(
  "pages that cannot be built in %s say so in one line",
  (path) => {
    expect(() => assertReadable(path)).toThrow(/^The pages cannot be built in .*: .* "[#?]"\. Move the clone/);
  },
);

test("other characters in the path of a clone are no hindrance", () => {
  expect(() => assertReadable("/home/me/[a-z] é 'q' * & ;/weir")).not.toThrow();
});
