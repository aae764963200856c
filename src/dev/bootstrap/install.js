// @ts-check
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { runningNpm } from "./environment.js";
import { ExplainedError } from "./explained-error.js";
import { runNode } from "./run-node.js";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} Locked */

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
 */
export function installedMatches(wanted, installed) {
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === "") return true;
    const found = installed[path];
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

/** Installs the packages of the lockfile when they are missing or differ. */
export function ensurePackages() {
  const wanted = readPackages("package-lock.json");
  if (wanted === null)
    throw new ExplainedError("package-lock.json is missing or damaged. Restore it from the repository.");
  if (installedMatches(wanted, readPackages("node_modules/.package-lock.json"))) return;
  // npm may print nothing until it is done.
  console.log("weir  Installing packages; this takes a minute …");
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund"];
  const npm = runningNpm();
  if (npm !== null) {
    runNode("npm ci", [npm, ...args]);
    return;
  }
  const { status, error } = spawnSync("npm", args, { stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) {
    throw new ExplainedError(`npm ci failed (${error?.message ?? `exit code ${status}`}); see its output above.`);
  }
}
