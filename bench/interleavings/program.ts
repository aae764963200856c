import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { npmPackages } from "@weir/testkit/bundles";
import type { Change, Defect } from "./defects";

const root = join(import.meta.dirname, "../..");
const ofProject = new RegExp(`^${root.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&")}/(src|packages|bench)/.*\\.ts$`);

/** Simulated time replaces the one module that uses real time. */
const fakePauses: Plugin = {
  name: "fake-pauses",
  setup: (builder) => {
    builder.onResolve({ filter: /^node:timers\/promises$/ }, () => ({ path: "pauses", namespace: "fake" }));
    builder.onLoad({ filter: /^pauses$/, namespace: "fake" }, () => ({
      contents: "export const setTimeout = (ms) => new Promise((end) => { globalThis.setTimeout(end, ms); });",
    }));
  },
};

/** Fails when a place no longer exists, because a defect that is not planted cannot be found. */
function planting(changes: readonly Change[], planted: Set<string>): Plugin {
  return {
    name: "planting",
    setup: (builder) => {
      builder.onLoad({ filter: ofProject }, ({ path }) => {
        let contents = readFileSync(path, "utf8");
        for (const { file, from, to } of changes) {
          if (path !== join(root, file)) continue;
          if (!contents.includes(from)) throw new Error(`${file} has no longer: ${from}`);
          contents = contents.replace(from, to);
          planted.add(from);
        }
        return { contents, loader: "ts" };
      });
    },
  };
}

/** Bounds small enough for schedules of a few writes to reach them. */
const smallBounds: readonly Change[] = [
  { file: "packages/cache/src/options.ts", from: "remoteMarks: 200_000", to: "remoteMarks: 6" },
  { file: "packages/cache/src/options.ts", from: "localMarks: 50_000", to: "localMarks: 16" },
];

export type Programs = {
  /** Bundles the search and the engine, with or without a defect. Returns the path. */
  add: (defect: Defect | null) => Promise<string>;
  remove: () => void;
};

/** A folder inside node_modules, where the programs find their packages. */
export function openPrograms(): Programs {
  const folder = join(root, "node_modules/.cache/weir-interleavings", String(process.pid));
  mkdirSync(folder, { recursive: true });
  let count = 0;
  return {
    add: async (defect) => {
      count += 1;
      const outfile = join(folder, `${count}.mjs`);
      const planted = new Set<string>();
      const changes = [...smallBounds, ...(defect?.changes ?? [])];
      await build({
        entryPoints: [join(import.meta.dirname, "explore.ts")],
        outfile,
        bundle: true,
        external: npmPackages(),
        platform: "node",
        target: "node20.19",
        format: "esm",
        tsconfig: join(root, "tsconfig.json"),
        logLevel: "silent",
        plugins: [fakePauses, planting(changes, planted)],
      });
      if (planted.size < changes.length) {
        throw new Error(`The program does not use every file to be changed: ${defect?.name ?? "bounds"}`);
      }
      return outfile;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
