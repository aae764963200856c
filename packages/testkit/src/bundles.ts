import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

/** Replaces a module that a file of the program imports. */
export type Plant = { importer: RegExp; specifier: string; replacement: URL };

export type Bundles = {
  /** Bundles a TypeScript program into one file, which starts three times as fast. Returns its path. */
  add: (entry: URL, plant?: Plant) => Promise<string>;
  remove: () => void;
};

const root = join(import.meta.dirname, "../../..");

/** Packages from npm, which stay external; the engines, which are TypeScript, are bundled. */
export function npmPackages(): string[] {
  const engines = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  const names = ["", ...engines].flatMap((folder) => {
    // As npm defines it.
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Record<string, object>;
    const kinds = ["dependencies", "devDependencies", "optionalDependencies"];
    return kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  });
  // Pages are lazy imports, which only Next bundles: of features, and of the dashboard.
  return [...new Set(names.filter((name) => !name.startsWith("@weir/"))), "./ui/*", "*-page"];
}

function planting({ importer, specifier, replacement }: Plant): Plugin {
  return {
    name: "plant",
    setup: (builder) => {
      builder.onResolve({ filter: /^[.@]/ }, (wanted) =>
        wanted.path === specifier && importer.test(wanted.importer) ? { path: fileURLToPath(replacement) } : undefined,
      );
    },
  };
}

/** Creates a folder for bundled programs inside node_modules, where they find the packages. */
export function openBundles(): Bundles {
  const folder = join(root, "node_modules/.cache/weir-bundles", String(process.pid));
  mkdirSync(folder, { recursive: true });
  let count = 0;
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // Also when the run is aborted.
  process.once("exit", remove);
  return {
    add: async (entry, plant) => {
      count += 1;
      const outfile = join(folder, `${count}.mjs`);
      await build({
        entryPoints: [fileURLToPath(entry)],
        outfile,
        bundle: true,
        external: npmPackages(),
        platform: "node",
        target: "node20.19",
        format: "esm",
        sourcemap: "inline",
        tsconfig: join(root, "tsconfig.json"),
        logLevel: "warning",
        plugins: plant === undefined ? [] : [planting(plant)],
      });
      return outfile;
    },
    remove: () => {
      process.off("exit", remove);
      remove();
    },
  };
}
