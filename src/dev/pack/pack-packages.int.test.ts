import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "@weir/embedded/processes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packPackages } from "./pack-packages";
import type { Packed } from "./tarball";

// e2e/outside-app.spec.ts installs the tarballs and runs an application with them.

let folder: string;
let packed: Packed[];
const lines: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-packages-"));
  packed = await packPackages(folder, { wanted: ["core", "@weir/cache"], onProgress: (line) => lines.push(line) });
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function unpack(name: string): Promise<{ read: (file: string) => Promise<string> }> {
  const { code, output } = await runProgram("tar", ["-xzf", `${name}.tgz`, "--one-top-level"], { cwd: folder });
  if (code !== 0) throw new Error(output);
  return { read: (file) => readFile(join(folder, name, "package", file), "utf8") };
}

test("every module that a package exports is in its tarball, with its declarations", async () => {
  const [core, cache] = packed;
  expect(Object.keys(core?.files ?? {})).toEqual(
    expect.arrayContaining(["README.md", "LICENSE", "scope.js", "scope.d.ts", "sketches/histogram.d.ts"]),
  );
  expect(cache?.files).toHaveProperty("index.d.ts");
  expect(lines.at(-1)).toBe("Packing @weir/cache …");
});

test("the manifest names entries with types, exact engines, and peers that are shared with the application", async () => {
  const { read } = await unpack("weir-cache-0.1.0");
  const manifest = JSON.parse(await read("package.json"));
  expect(manifest).toMatchObject({
    name: "@weir/cache",
    license: "MIT",
    type: "module",
    exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
    dependencies: { "@weir/core": "0.1.0" },
    peerDependencies: { ioredis: expect.stringMatching(/^\^/) },
  });
  expect(manifest).not.toHaveProperty("private");
});

test("modules import other packages by name and share what they have in common", async () => {
  const { read } = await unpack("weir-cache-0.1.0");
  const code = await read("index.js");
  expect(code).toMatch(/from "@weir\/core\/channels"/);
  expect(code).toMatch(/from "\.\/shared-\w+\.js"/);
  expect(`${code}${await read("index.d.ts")}`).not.toMatch(/from "[^"]*(?:\.ts"|packages\/)/);
});

test("a package that does not exist is refused with the names of those that do", async () => {
  await expect(packPackages(folder, { wanted: ["cash"] })).rejects.toThrow(
    /^No package is named cash\. Packages: cache, client, core, /,
  );
});
