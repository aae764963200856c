import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { z } from "zod";
import { clientEntry, openProgram, repository } from "./program";
import { rollUp } from "./roll-up";
import { packTar } from "./tar";

/** The limits of the server that the client is packed for. */
export type PackedLimits = { urlLength: number; batchLength: number };

export type PackedClient = {
  /** Of the tarball. */
  file: string;
  sizeBytes: number;
  /** What is in it, with the size of each file in bytes. */
  files: Record<string, number>;
};

const packageSchema = z.object({
  version: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
  dependencies: z.object({ "@trpc/client": z.string(), "@trpc/server": z.string() }),
});
type Source = z.infer<typeof packageSchema>;

function manifest({ version, license, engines, dependencies }: Source): string {
  const content = {
    name: "weir-client",
    version,
    description: "Typed calls to a Weir server, from Node and from browsers.",
    license,
    type: "module",
    sideEffects: false,
    main: "./index.js",
    types: "./index.d.ts",
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      "./package.json": "./package.json",
    },
    engines,
    dependencies: {
      "@trpc/client": `^${dependencies["@trpc/client"]}`,
      "@trpc/server": `^${dependencies["@trpc/server"]}`,
    },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

async function bundle(limits: PackedLimits): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [clientEntry],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    external: ["@trpc/client", "@trpc/server"],
    platform: "neutral",
    target: ["node20.19", "es2022"],
    format: "esm",
    define: { WEIR_PACKED_LIMITS: JSON.stringify(limits) },
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * Writes the client as an npm tarball into `folder`: one module, one file of types that needs nothing of this repository,
 * and its guide. Throws a PackError that names the procedure whose types cannot leave the repository.
 */
export async function packClient(folder: string, limits: PackedLimits): Promise<PackedClient> {
  const read = (path: string): Promise<string> => readFile(join(repository, path), "utf8");
  const source = packageSchema.parse(JSON.parse(await read("package.json")));
  const program = openProgram();
  const files = new Map([
    ["package.json", manifest(source)],
    ["README.md", await read("docs/client.md")],
    ["errors.md", await read("docs/errors.md")],
    ["LICENSE", await read("LICENSE")],
    ["index.js", await bundle(limits)],
    ["index.d.ts", rollUp(program)],
  ]);
  const tarball = packTar(files);
  const file = join(folder, `weir-client-${source.version}.tgz`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, tarball);
  const sizes = [...files].map(([name, text]) => [name, Buffer.byteLength(text)] as const);
  return { file, sizeBytes: tarball.length, files: Object.fromEntries(sizes) };
}
