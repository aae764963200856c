// @ts-check
// The server and the command line, from TypeScript to dist/. The pages are built by Next.
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * The engines are bundled with the application, and every package from npm stays outside, optional ones included: some
 * find their files beside their own modules, and CommonJS does not run inside a bundle. Pages are lazy imports that only
 * Next bundles.
 * @type {import("esbuild").Plugin}
 */
const outside = {
  name: "outside",
  setup: (builder) => {
    builder.onResolve({ filter: /^(?:[^./]|\.\/(?:[^/]+\/)?ui\/)/ }, ({ path, kind }) =>
      kind === "entry-point" || /^@(?:weir)?\//.test(path) ? undefined : { path, external: true },
    );
  },
};

const [outdir = "dist"] = process.argv.slice(2);

const { metafile } = await build({
  entryPoints: { main: "src/main.ts", cli: "src/cli/main.ts" },
  outdir,
  bundle: true,
  plugins: [outside],
  platform: "node",
  target: "node20.19",
  format: "esm",
  splitting: true,
  sourcemap: true,
  metafile: true,
  tsconfig: "tsconfig.json",
  logLevel: "warning",
});

// Shared parts are named after their content: those of earlier builds would pile up.
const made = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
const leftOver = (await readdir(outdir)).filter((name) => /\.js(\.map)?$/.test(name) && !made.has(name));
await Promise.all(leftOver.map((name) => rm(join(outdir, name))));
