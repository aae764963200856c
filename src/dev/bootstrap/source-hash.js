// @ts-check
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} path
 * @returns {string[]} the files at or below it, in a fixed order; none when it does not exist
 */
function filesAt(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [path];
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesAt(join(path, name)));
}

/**
 * A fingerprint of the names and contents of all files at these paths. Tests and benchmarks are excluded, because they
 * are not built.
 * @param {readonly string[]} paths
 */
export function sourceHash(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(filesAt)) {
    if (/\.test\.tsx?$|\/bench\//.test(file)) continue;
    const content = readFileSync(file);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
