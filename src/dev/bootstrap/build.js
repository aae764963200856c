// @ts-check
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { runNode } from "./run-node.js";
import { sourceHash } from "./source-hash.js";

const everywhere = ["src", "packages", "tsconfig.json", "package-lock.json"];

/**
 * Builds unless the stamp matches these sources. The stamp is written last, so that an interrupted build is repeated.
 * @param {{ stamp: string, sources: readonly string[], results: readonly string[], build: () => void }} options
 */
function ensure({ stamp, sources, results, build }) {
  const hash = sourceHash(sources);
  const known = existsSync(stamp) ? readFileSync(stamp, "utf8") : null;
  if (known === hash && results.every((file) => existsSync(file))) return;
  rmSync(stamp, { force: true });
  build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** The server and the command line, in `dist`; a fraction of a second. */
export function ensureServerBuild() {
  ensure({
    stamp: "dist/server.stamp",
    sources: [...everywhere, "build.mjs"],
    results: ["dist/main.js", "dist/cli.js"],
    build: () => runNode("The build of the server", ["build.mjs"]),
  });
}

/** The server and the pages. */
export function ensureBuild() {
  ensureServerBuild();
  ensure({
    stamp: "dist/pages.stamp",
    sources: [...everywhere, "public", "next.config.js", "postcss.config.mjs"],
    results: [".next/BUILD_ID"],
    build: () => {
      console.log("weir  Building the pages …");
      runNode("The build of the pages", ["node_modules/next/dist/bin/next", "build"], {
        NODE_ENV: "production",
        NEXT_TELEMETRY_DISABLED: "1",
      });
    },
  });
}
