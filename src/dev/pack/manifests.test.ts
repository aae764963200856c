import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { z } from "zod";

const packages = join(import.meta.dirname, "../../../packages");
const ranges = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  exports: z.record(z.string(), z.string()),
  dependencies: ranges,
  optionalDependencies: ranges,
});

// The testkit works inside this repository only, whose tests provide what it imports.
const published = readdirSync(packages).filter((name) => name !== "testkit" && name !== "node_modules");

test.for(published)("packages/%s names every package that its modules import", async (name) => {
  const folder = join(packages, name);
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
  const { metafile } = await build({
    entryPoints: Object.values(manifest.exports),
    absWorkingDir: folder,
    outdir: folder,
    bundle: true,
    write: false,
    metafile: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "silent",
  });
  const imported = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports.flatMap(({ path, external }) => (external === true ? [path] : [])))
    .filter((path) => !path.startsWith("node:"))
    .map((path) => path.split("/", path.startsWith("@") ? 2 : 1).join("/"));
  const named = new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  expect([...new Set(imported)].filter((path) => !named.has(path))).toEqual([]);
});
