import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { lastLine, plainEnvironment, runProgram } from "@weir/embedded/processes";
import type { Features } from "./contender";

export type Contender = {
  name: string;
  version: string;
  /** The module that wraps it, as a node imports it. */
  adapter: string;
  features: Features;
};

const folder = join(import.meta.dirname, "../peers/caches");

/** The name that users know, with the package that determines the version. */
const packages = {
  bentocache: "bentocache",
  cacheable: "cacheable",
  cachified: "@epic-web/cachified",
  "async-cache-dedupe": "async-cache-dedupe",
  "layered-loader": "layered-loader",
} as const;

function isInstalled(): boolean {
  const marker = join(folder, "node_modules/.package-lock.json");
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs;
}

/** npm beside this Node, or the one that runs the bench. */
function npmCommand(): [file: string, ...args: string[]] {
  const beside = join(process.execPath, "../../lib/node_modules/npm/bin/npm-cli.js");
  return existsSync(beside) ? [process.execPath, beside] : ["npm"];
}

/** Installs missing rivals from their own lockfile into their own folder. Throws when that fails. */
async function install(log: (text: string) => void): Promise<void> {
  if (isInstalled()) return;
  log("Installing the rivals into bench/peers/caches/node_modules (npm ci, from their own lockfile) …");
  const [file, ...args] = npmCommand();
  const { code, output } = await runProgram(file, [...args, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    env: { ...plainEnvironment, PATH: `${join(process.execPath, "..")}:/usr/local/bin:/usr/bin:/bin`, HOME: homedir() },
    timeoutMs: 300_000,
  });
  if (code !== 0) throw new Error(`The rivals could not be installed: ${lastLine(output)}`);
}

function versionOf(name: string): string {
  // Every package has a version; npm refuses others.
  const { version } = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

/** Five widely used caches, installed where missing. */
export async function findRivals(log: (text: string) => void): Promise<Contender[]> {
  await install(log);
  return Promise.all(
    Object.entries(packages).map(async ([name, from]) => {
      const adapter = pathToFileURL(join(folder, `${name}.mjs`)).href;
      // Each adapter declares the features of its cache.
      const { features } = (await import(adapter)) as { features: Features };
      return { name, version: versionOf(from), adapter, features };
    }),
  );
}
