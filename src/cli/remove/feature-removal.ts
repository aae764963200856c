import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "@/server/rpc/zod";
import { UsageError } from "../command";
import { dropTables } from "./drop-tables";
import { listedFeatures, withoutFeature } from "./feature-list";

const run = promisify(execFile);

/** A file that changes, or that is made (`before` is then empty). */
export type Edit = { path: string; before: string; after: string };

export type FeatureRemoval = {
  feature: string;
  /** The files of its folder. */
  files: readonly string[];
  /** The list of features, package.json, and the migration of the second step. */
  edits: readonly Edit[];
  /** npm packages that nothing else imports. */
  packages: readonly string[];
  /** Files outside the folder that import it and must be changed by hand. */
  importers: readonly string[];
  /** Documents that name files of its folder. */
  documents: readonly string[];
};

const listFile = "src/features/index.ts";
const sourceName = /\.(tsx?|[cm]?js|css)$/;

async function filesBelow(root: string, folder: string): Promise<string[]> {
  if (!existsSync(join(root, folder))) return [];
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const nested = entries
    .filter(({ name }) => name !== "node_modules")
    .map((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(root, path) : Promise.resolve([path]);
    });
  return (await Promise.all(nested)).flat().toSorted();
}

/** The guides that name a file of this folder. */
async function documentsNaming(root: string, folder: string): Promise<string[]> {
  const guides = (await readdir(root)).filter((name) => name.endsWith(".md"));
  const paths = [...guides, ...(await filesBelow(root, "docs")).filter((path) => path.endsWith(".md"))];
  const named = await Promise.all(
    paths.map(async (path) => (await readFile(join(root, path), "utf8")).includes(folder)),
  );
  return paths.filter((_path, index) => named[index]).toSorted();
}

/** The imports of the text: packages and files, as written. */
function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport|\brequire|\bimport\(|\brequire\(|@import)\s*["']([^"'\n]+)["']/g);
  return [...found].map(([, specifier = ""]) => specifier);
}

/** The npm package of an import: `@scope/name` or `name`. Null for a file of the repository. */
function packageOf(specifier: string): string | null {
  if (/^(\.|@\/|node:)/.test(specifier)) return null;
  const [first = "", second = ""] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

async function readSources(root: string, paths: readonly string[]): Promise<{ path: string; imports: string[] }[]> {
  return Promise.all(
    paths
      .filter((path) => sourceName.test(path))
      .map(async (path) => ({ path, imports: importsOf(await readFile(join(root, path), "utf8")) })),
  );
}

/** Sources of the application outside the folder of the feature. Packages have dependencies of their own. */
async function otherSources(root: string, folder: string): Promise<string[]> {
  const top = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  const below = await Promise.all(["src", "bench", "e2e"].map((name) => filesBelow(root, name)));
  return [...top, ...below.flat().filter((path) => !path.startsWith(`${folder}/`) && path !== listFile)];
}

const manifestSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** The types of a package: `@types/d3-geo`, `@types/scope__name`. */
const typesOf = (name: string): string => `@types/${name.replace(/^@/, "").replace("/", "__")}`;

/** package.json without the lines of these packages. */
function withoutPackages(text: string, packages: readonly string[]): string {
  const names = new Set(packages);
  const lines = text.split("\n").filter((line) => !names.has(/^ {4}"([^"]+)": "/.exec(line)?.[1] ?? ""));
  // The last of a list has no comma.
  return lines.join("\n").replaceAll(/,(\n\s*\})/g, "$1");
}

const dependencyDocs = "docs/architecture.md";

/** The table of dependencies without these packages: removes the name from a shared row, or the whole row. */
function withoutRows(text: string, packages: readonly string[]): string {
  const names = new Set(packages.map((name) => `\`${name}\``));
  const [before = "", table = ""] = text.split(/(?=^## Dependencies$)/m);
  const lines = table.split("\n").flatMap((line) => {
    const [, cell = "", rest = ""] = /^\|([^|]*)\|(.*)$/.exec(line) ?? [];
    const listed = cell.split(",").map((name) => name.trim());
    const kept = listed.filter((name) => !names.has(name));
    if (kept.length === listed.length) return [line];
    return kept.length === 0 ? [] : [`| ${kept.join(", ")} |${rest}`];
  });
  return before + lines.join("\n");
}

async function changedFiles(root: string, folder: string): Promise<string[]> {
  try {
    const { stdout } = await run(
      "git",
      ["status", "--porcelain", "--", folder, listFile, "package.json", dependencyDocs],
      {
        cwd: root,
      },
    );
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.slice(3)]));
  } catch {
    throw new UsageError(
      "This is not a Git checkout, so removed files cannot be restored. Use --force to remove the feature anyway.",
    );
  }
}

/**
 * What removing a feature changes below `root`; changes nothing yet. Throws a UsageError for an unknown name, outside a
 * checkout, when another feature imports it, and, unless forced, with uncommitted changes.
 */
export async function planRemoval(root: string, feature: string, isForced: boolean): Promise<FeatureRemoval> {
  if (!existsSync(join(root, listFile))) {
    throw new UsageError(
      "This command changes source files. Run it in a checkout of the repository, not in an installation.",
    );
  }
  const list = await readFile(join(root, listFile), "utf8");
  const folder = `src/features/${feature}`;
  const isListed = listedFeatures(list).includes(feature);
  if (!isListed && !(isForced && /^[a-z][\da-z-]*$/.test(feature) && existsSync(join(root, folder)))) {
    const known = listedFeatures(list).join(", ");
    throw new UsageError(
      `No feature has the name ${JSON.stringify(feature)}. ${known === "" ? "The list is empty." : `The list has: ${known}.`}`,
    );
  }
  const others = await readSources(root, await otherSources(root, folder));
  const naming = new RegExp(String.raw`(^@/features|/features|^\.\.|^\.)/${feature}(/|$)`);
  const importers = others.filter(({ path, imports }) => {
    const isBesideIt = path.startsWith("src/features/");
    return imports.some(
      (specifier) => naming.test(specifier) && (isBesideIt || specifier.includes(`features/${feature}`)),
    );
  });
  const dependent = importers.map(({ path }) => /^src\/features\/([^/]+)\//.exec(path)?.[1]).find(Boolean);
  if (dependent !== undefined) {
    const paths = importers.map(({ path }) => path).filter((path) => path.startsWith(`src/features/${dependent}/`));
    throw new UsageError(
      `The feature ${dependent} imports ${feature}: ${paths.join(", ")}. Remove those imports first.`,
    );
  }
  if (!isForced) {
    const changed = await changedFiles(root, folder);
    if (changed.length > 0) {
      throw new UsageError(`These files have uncommitted changes: ${changed.join(", ")}. Commit them, or use --force.`);
    }
  }

  const files = await filesBelow(root, folder);
  const own = (await readSources(root, files)).flatMap(({ imports }) => imports);
  const ownPackages = new Set(own.map(packageOf));
  const otherPackages = new Set(others.flatMap(({ imports }) => imports).map(packageOf));
  const manifestText = await readFile(join(root, "package.json"), "utf8");
  const { dependencies, devDependencies } = manifestSchema.parse(JSON.parse(manifestText));
  const candidates = [...ownPackages].filter((name) => name !== null).filter((name) => !otherPackages.has(name));
  const installed = { ...dependencies, ...devDependencies };
  const packages = candidates.flatMap((name) => [name, typesOf(name)]).filter((name) => installed[name] !== undefined);

  const docs = existsSync(join(root, dependencyDocs)) ? await readFile(join(root, dependencyDocs), "utf8") : "";
  const docsAfter = withoutRows(docs, packages);
  const drop = await dropTables(feature, join(root, folder, "migrations"));
  const edits: Edit[] = [
    ...(isListed ? [{ path: listFile, before: list, after: withoutFeature(list, feature) }] : []),
    ...(packages.length === 0
      ? []
      : [{ path: "package.json", before: manifestText, after: withoutPackages(manifestText, packages) }]),
    ...(docsAfter === docs ? [] : [{ path: dependencyDocs, before: docs, after: docsAfter }]),
    ...(drop === null ? [] : [{ path: `drizzle/later/drop_${feature}.sql`, before: "", after: drop }]),
  ];
  const documents = await documentsNaming(root, folder);
  return {
    feature,
    files,
    edits,
    packages: packages.toSorted(),
    importers: importers.map(({ path }) => path),
    documents,
  };
}

/**
 * Removes the feature as planned. Returns the commands that failed and must be run by hand: without a network npm may
 * be unable to update the lockfile.
 */
export async function applyRemoval(root: string, { feature, edits, packages }: FeatureRemoval): Promise<string[]> {
  const left: string[] = [];
  const attempt = async (command: string, file: string, args: readonly string[]): Promise<void> => {
    try {
      await run(file, [...args], { cwd: root });
    } catch {
      left.push(command);
    }
  };
  await rm(join(root, "src/features", feature), { recursive: true, force: true });
  for (const { path, after } of edits) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), after);
  }
  if (packages.length > 0) {
    const renew = ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"];
    await attempt("npm install", "npm", [...renew, "--offline"]);
  }
  // After the lockfile: a command of the repository installs what is missing in node_modules, and nothing is.
  await attempt("npm run docs", process.execPath, ["bootstrap.js", "docs"]);
  return left;
}
