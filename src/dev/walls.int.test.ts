import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import {
  cruise,
  type ICruiseOptions,
  type ICruiseResult,
  type IForbiddenRuleType,
  type IResolveOptions,
} from "dependency-cruiser";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engines, soundHouse, type Tree, violations } from "./walls.plants";

type Config = {
  forbidden: IForbiddenRuleType[];
  options: ICruiseOptions & { enhancedResolveOptions: Partial<IResolveOptions> };
};
// CommonJS without types: dependency-cruiser itself validates the shape.
const config = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as Config;
const root = process.cwd();
let house: string;
beforeEach(async () => {
  house = await mkdtemp(join(tmpdir(), "weir-walls-"));
  await copyFile(join(root, "tsconfig.json"), join(house, "tsconfig.json"));
  // dependency-cruiser resolves aliases and folders from the working directory.
  process.chdir(house);
});
afterEach(async () => {
  process.chdir(root);
  await rm(house, { recursive: true, force: true });
});

async function build(tree: Tree): Promise<void> {
  for (const [path, text] of Object.entries(tree)) {
    const file = join(house, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await mkdir(join(house, "node_modules/@weir"), { recursive: true });
  await Promise.all(engines.map((name) => symlink(`../../packages/${name}`, join(house, "node_modules/@weir", name))));
}

async function inspect(): Promise<{ broken: string[]; modules: number }> {
  const { output } = await cruise(
    ["src", "packages"],
    { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true },
    config.options.enhancedResolveOptions,
    { tsConfig: extractTSConfig("tsconfig.json") },
  );
  // Without an output type the result is the object, not a report.
  const { summary, modules } = output as ICruiseResult;
  return { broken: [...new Set(summary.violations.map(({ rule }) => rule.name))], modules: modules.length };
}

describe("the walls of the house", () => {
  test("a valid house breaks none, and every file is read", async () => {
    await build(soundHouse);
    const { broken, modules } = await inspect();
    expect(broken).toEqual([]);
    expect(modules).toBeGreaterThanOrEqual(
      Object.keys(soundHouse).filter((path) => /^(src|packages)\/.*\.tsx?$/.test(path)).length,
    );
  });

  test("every wall has a planted violation", () => {
    expect(Object.keys(violations).toSorted()).toEqual(config.forbidden.map(({ name }) => name ?? "").toSorted());
  });

  test("every package is on its layer", async () => {
    const packages = await readdir(join(root, "packages"));
    const floors = config.forbidden.flatMap(({ name = "" }) => /^(.+)-stands-on-/.exec(name)?.[1] ?? []);
    expect(floors.toSorted()).toEqual(packages.toSorted());
    expect(engines.toSorted()).toEqual(packages.toSorted());
  });

  test("Next does not rewrite the lazy imports in the list of features", async () => {
    const text = await readFile(join(root, "src/features/index.ts"), "utf8");
    const lazy = [...text.matchAll(/\bimport\s*\(([^)]*)\)/g)].map(([, inside = ""]) => inside.trim());
    expect(lazy.filter((inside) => !inside.startsWith("/* turbopackIgnore: true */"))).toEqual([]);
  });

  test.for(Object.entries(violations))("%s: exactly the planted violation is reported", async ([name, plant]) => {
    await build({ ...soundHouse, ...plant });
    expect((await inspect()).broken).toEqual([name]);
  });
});
