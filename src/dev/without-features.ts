import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { features } from "@/features";
import type { Feature } from "@/server/rpc/feature";

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What is installed or built, not written. */
const madeFolders = new Set(["node_modules", ".next", "dist", ".data", ".git"]);

/** The sources of this folder: a clone, or a copy of one, which git knows nothing of. */
function sourceFiles(): string[] {
  if (existsSync(".git")) {
    return lines(execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" }));
  }
  const top = readdirSync(".", { withFileTypes: true }).filter(({ name }) => !madeFolders.has(name));
  return top.flatMap((entry) =>
    entry.isFile()
      ? [entry.name]
      : readdirSync(entry.name, { recursive: true, withFileTypes: true })
          .filter((inner) => inner.isFile() && !inner.parentPath.includes("node_modules"))
          .map((inner) => join(inner.parentPath, inner.name)),
  );
}

/** Copies the sources of this clone as they are on disk, and links its installed packages. */
export function copyClone(target: string): void {
  for (const path of sourceFiles().filter((name) => existsSync(name))) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    copyFileSync(path, join(target, path));
  }
  const modules = join(target, "node_modules");
  mkdirSync(join(modules, "@weir"), { recursive: true });
  // Tool caches belong to this clone.
  const shared = readdirSync("node_modules").filter((name) => !name.startsWith(".") && name !== "@weir");
  for (const name of [...shared, ".bin"]) symlinkSync(resolve("node_modules", name), join(modules, name));
  // npm writes this file when the command renews the lockfile of the copy; through a link it would write that of the clone.
  copyFileSync("node_modules/.package-lock.json", join(modules, ".package-lock.json"));
  for (const name of readdirSync("packages")) symlinkSync(`../../packages/${name}`, join(modules, "@weir", name));
}

/**
 * Makes a copy of this clone in which `npm run weir -- remove feature` has removed every feature of the list. Throws with
 * what the command printed when it fails.
 */
export function copyWithoutFeatures(target: string): void {
  copyClone(target);
  // With its type, because the list may be empty.
  const listed: readonly Feature[] = features;
  for (const { name } of listed) {
    const args = ["--import", "tsx", "src/cli/main.ts", "remove", "feature", name, "--force"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: target, encoding: "utf8" });
    if (status !== 0) throw new Error(`Removing the feature ${name} failed:\n${stdout}\n${stderr}`);
    console.log(stdout);
  }
}

/** Words of the bundled feature. */
const bundledWords = /\b(cit(y|ies)|countr(y|ies)|geonames)\b/i;
const isProduct = (path: string): boolean =>
  /^(src|packages)\/.*\.(tsx?|js)$/.test(path) && !/^src\/dev\/|\.test\.tsx?$|\/(testing|test-[^/]+)\.tsx?$/.test(path);

/** The matching user-visible texts in this file: string literals and text between tags. */
function textsIn(path: string, source: string, words: RegExp): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isJsxText(node);
    if (isText && words.test(node.text)) found.push(`${path}: ${node.text.trim().slice(0, 120)}`);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.Latest, false));
  return found;
}

/** The product texts in `folder` that still mention the bundled feature. */
export function findBundledTexts(folder: string): string[] {
  const entries = ["src", "packages"].flatMap((room) =>
    readdirSync(join(folder, room), { recursive: true, encoding: "utf8" }).map((path) => `${room}/${path}`),
  );
  return entries
    .filter(isProduct)
    .flatMap((path) => textsIn(path, readFileSync(join(folder, path), "utf8"), bundledWords));
}
