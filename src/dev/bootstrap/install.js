// @ts-check
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { runningNpm } from "./environment.js";
import { ExplainedError } from "./explained-error.js";
import { runNode } from "./run-node.js";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, dev?: boolean, devOptional?: boolean }} Locked */

/**
 * `production`: what a server with a current build runs on, if it starts no Postgres of its own. `all`: everything.
 * @typedef {"production" | "all"} PackageSet
 */

/**
 * @param {string} file a lockfile of npm
 * @returns {Record<string, Locked> | null} its packages by path; null when it is missing or damaged
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages ?? null;
  } catch {
    return null;
  }
}

/**
 * Whether node_modules matches the lockfile. As its last step npm records there what it installed, so an interrupted
 * install counts as none. Optional packages may be missing: most are for other platforms.
 * @param {Record<string, Locked>} wanted
 * @param {Record<string, Locked> | null} installed
 * @param {PackageSet} set
 */
export function installedMatches(wanted, installed, set) {
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional, dev, devOptional }]) => {
    if (path === "") return true;
    const found = installed[path];
    if (found === undefined) {
      return optional === true || (set === "production" && (dev === true || devOptional === true));
    }
    return found.version === version && found.integrity === integrity;
  });
}

/**
 * Installs the packages of the lockfile when they are missing or differ.
 * @param {PackageSet} set
 * @param {NodeJS.WriteStream & { fd: number }} output where progress goes: not to stdout for a command whose stdout a program may read
 */
export function ensurePackages(set = "all", output = process.stdout) {
  const wanted = readPackages("package-lock.json");
  if (wanted === null)
    throw new ExplainedError("package-lock.json is missing or damaged. Restore it from the repository.");
  if (installedMatches(wanted, readPackages("node_modules/.package-lock.json"), set)) return;
  // npm may print nothing until it is done.
  output.write("weir  Installing packages; this takes a minute …\n");
  const kinds = ["dev", "optional"].map((kind) => (set === "all" ? `--include=${kind}` : `--omit=${kind}`));
  // Install scripts are off in .npmrc too, which a copy of this folder may lack.
  const args = ["ci", ...kinds, "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = runningNpm();
  if (npm !== null) {
    runNode("npm ci", [npm, ...args], {}, output);
    return;
  }
  const { status, error } = spawnSync("npm", args, {
    stdio: ["inherit", output.fd, "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    throw new ExplainedError(`npm ci failed (${error?.message ?? `exit code ${status}`}); see its output above.`);
  }
}
