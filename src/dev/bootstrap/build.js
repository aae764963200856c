// @ts-check
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ExplainedError } from "./explained-error.js";
import { runNode } from "./run-node.js";
import { sourceHash } from "./source-hash.js";

const everywhere = ["src", "packages", "tsconfig.json", "package-lock.json"];

/** @typedef {{ stamp: string, sources: readonly string[], results: readonly string[], build: () => void }} Build */

/** @type {Build} */
const server = {
  stamp: "dist/server.stamp",
  sources: [...everywhere, "build.mjs"],
  results: ["dist/main.js", "dist/cli.js"],
  build: () => runNode("The build of the server", ["build.mjs"]),
};

/** @type {Build} */
const pages = {
  stamp: "dist/pages.stamp",
  sources: [...everywhere, "public", "next.config.js", "postcss.config.mjs"],
  results: [".next/BUILD_ID"],
  build: () => {
    assertReadable(process.cwd());
    console.log("weir  Building the pages …");
    runNode("The build of the pages", ["node_modules/next/dist/bin/next", "build"], {
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
    });
  },
};

/**
 * Throws an ExplainedError for a folder in which Tailwind CSS finds no file: it takes these characters for parts of a URL.
 * @param {string} folder
 */
export function assertReadable(folder) {
  const [character] = /[#?]/.exec(folder) ?? [];
  if (character === undefined) return;
  throw new ExplainedError(
    `The pages cannot be built in ${folder}: Tailwind CSS cannot read a path with "${character}". Move the clone to another folder.`,
  );
}

/** @param {Build} build @param {string} hash */
const matches = ({ stamp, results }, hash) =>
  existsSync(stamp) && readFileSync(stamp, "utf8") === hash && results.every((file) => existsSync(file));

/**
 * Builds unless the stamp matches these sources. The stamp is written last, so that an interrupted build is repeated.
 * @param {Build} wanted
 */
function ensure(wanted) {
  const hash = sourceHash(wanted.sources);
  if (matches(wanted, hash)) return;
  rmSync(wanted.stamp, { force: true });
  wanted.build();
  mkdirSync(dirname(wanted.stamp), { recursive: true });
  writeFileSync(wanted.stamp, hash);
}

/**
 * Whether nothing needs to be built: the server, and the pages unless `hasPages` is false.
 * @param {{ hasPages: boolean }} options
 */
export function buildIsCurrent({ hasPages }) {
  return [server, ...(hasPages ? [pages] : [])].every((build) => matches(build, sourceHash(build.sources)));
}

/** The server and the command line, in `dist`; a fraction of a second. */
export function ensureServerBuild() {
  ensure(server);
}

/** The server and the pages. */
export function ensureBuild() {
  ensureServerBuild();
  ensure(pages);
}
