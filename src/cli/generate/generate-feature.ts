import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { UsageError } from "../command";
import { withFeature } from "../remove/feature-list";
import { camel, type FeatureSpec, type Taken } from "./feature-spec";
import { renderContract, renderHead, renderSchema } from "./contract-templates";
import { namesOf } from "./names";
import { renderPage } from "./page-template";
import { renderQueries, renderServer, renderService } from "./service-templates";
import { renderAdoptedTest } from "./adopted-test-template";
import { renderIntegrationTest, renderPageTest } from "./templates-of-tests";

const run = promisify(execFile);
const listFile = "src/features/index.ts";

export type GeneratedFeature = {
  /** Written files, by their path in the repository. */
  files: readonly string[];
  /** Lines of code in them, without the migration's snapshot. */
  lines: number;
  /** The one file outside the folder that changes. */
  edit: { path: string; before: string; after: string };
};

/** The paths of pages, the keys of navigation and the routers of features that the repository in this folder uses. */
export async function readTaken(root: string): Promise<Taken> {
  const folders = await readdir(join(root, "src/features"), { withFileTypes: true });
  const features = folders
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`src/features/${name}/feature.ts`, `src/features/${name}/server.ts`]);
  const files = ["src/admin/pages.ts", ...features].map((path) => join(root, path)).filter((path) => existsSync(path));
  const text = (await Promise.all(files.map((path) => readFile(path, "utf8")))).join("\n");
  const all = (pattern: RegExp): Set<string> => new Set([...text.matchAll(pattern)].map(([, found = ""]) => found));
  return {
    paths: all(/\bpath: "([^"]+)"/g),
    keys: all(/\bkey: "(\w)"/g),
    // As `access` names their procedures.
    entities: all(/"(\w+)\.\w+": "(?:everyone|viewer|operator|admin)"/g),
  };
}

/** The files of a feature without its migration, by their path in its folder. Not formatted. */
function renderFeature(spec: FeatureSpec): Map<string, string> {
  const names = namesOf(spec);
  const files = new Map([
    ["feature.ts", renderHead(names)],
    ["contract.ts", renderContract(names)],
    ["schema.ts", renderSchema(names)],
    ["queries.ts", renderQueries(names)],
    ["service.ts", renderService(names)],
    ["server.ts", renderServer(names)],
    [`${spec.name}.int.test.ts`, spec.adopted === undefined ? renderIntegrationTest(names) : renderAdoptedTest(names)],
  ]);
  if (spec.page !== null) {
    files.set(`ui/${spec.name}-page.tsx`, renderPage(names));
    files.set(`${spec.name}.e2e.ts`, renderPageTest(names));
  }
  return files;
}

/** @throws UsageError when the feature exists */
export function refuseExisting(root: string, name: string): void {
  const folder = `src/features/${name}`;
  if (!existsSync(join(root, folder))) return;
  throw new UsageError(
    `${folder} exists. Choose another name, or remove it first: npm run weir -- remove feature ${name}`,
  );
}

/** What `generateFeature` would write; `more` are further files by their path in the folder. @throws UsageError when the list is written in another way */
export async function planFeature(
  root: string,
  spec: FeatureSpec,
  more: ReadonlyMap<string, string> = new Map(),
): Promise<{ edit: GeneratedFeature["edit"]; sources: Map<string, string> }> {
  const folder = `src/features/${spec.name}`;
  const before = await readFile(join(root, listFile), "utf8");
  const edit = { path: listFile, before, after: withFeature(before, spec.name, camel(spec.name)) };
  const rendered = [...renderFeature(spec)].map(([path, text]) => [path, `${text}\n`] as const);
  return { edit, sources: new Map([...rendered, ...more].map(([path, text]) => [`${folder}/${path}`, text])) };
}

/**
 * Writes the feature and its first migration, unless it reads an adopted table, adds it to the list, and formats what it wrote. When a step fails, nothing of
 * it stays.
 */
export async function generateFeature(
  root: string,
  spec: FeatureSpec,
  more: ReadonlyMap<string, string> = new Map(),
): Promise<GeneratedFeature> {
  const { edit, sources } = await planFeature(root, spec, more);
  const folder = `src/features/${spec.name}`;
  try {
    for (const [path, text] of sources) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    if (spec.adopted === undefined) await migrationOf(root, spec.name);
    await writeFile(join(root, listFile), edit.after);
    await run(process.execPath, ["node_modules/oxfmt/bin/oxfmt", folder, listFile], { cwd: root });
    await run(process.execPath, ["bootstrap.js", "docs"], { cwd: root });
  } catch (error) {
    await rm(join(root, folder), { recursive: true, force: true });
    await writeFile(join(root, listFile), edit.before);
    throw error;
  }
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
    .toSorted();
  const texts = await Promise.all(
    files.filter((path) => !path.includes("/meta/")).map((path) => readFile(join(root, path), "utf8")),
  );
  return { files, edit, lines: texts.reduce((sum, text) => sum + text.split("\n").length - 1, 0) };
}

/** drizzle-kit compares the schema with no snapshot, which makes the first migration. */
async function migrationOf(root: string, name: string): Promise<void> {
  const folder = `src/features/${name}`;
  const tool = "node_modules/drizzle-kit/bin.cjs";
  if (!existsSync(join(root, tool))) {
    throw new UsageError("drizzle-kit is not installed. Install the development packages first: npm ci --include=dev");
  }
  await run(
    process.execPath,
    [
      tool,
      "generate",
      "--dialect",
      "postgresql",
      "--schema",
      `${folder}/schema.ts`,
      "--out",
      `${folder}/migrations`,
      "--name",
      name.replaceAll("-", "_"),
    ],
    { cwd: root },
  );
}
