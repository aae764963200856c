// @ts-check
// The server and the command line, from TypeScript to dist/. The pages are built by Next.
import { readdir, rm } from "node:fs/promises";
import { readdirSync, readFileSync } from "node:fs";
import { build } from "esbuild";

// Pages of features are lazy imports of theirs, which only Next bundles.
// The engines are bundled with the application; every other package, theirs included, stays outside.
const manifests = ["package.json", ...readdirSync("packages").map((name) => `packages/${name}/package.json`)];
const packages = manifests.flatMap((file) => Object.keys(JSON.parse(readFileSync(file, "utf8")).dependencies ?? {}));
const external = [...new Set(packages.filter((name) => !name.startsWith("@weir/"))), "./ui/*"];

const { metafile } = await build({
  entryPoints: { main: "src/main.ts", cli: "src/cli/main.ts" },
  outdir: "dist",
  bundle: true,
  external,
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
const made = new Set(Object.keys(metafile.outputs));
const leftOver = (await readdir("dist")).filter((name) => /\.js(\.map)?$/.test(name) && !made.has(`dist/${name}`));
await Promise.all(leftOver.map((name) => rm(`dist/${name}`)));
