import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { z } from "zod";
import { PackError } from "./pack-error";
import { printRouter } from "./print-router";
import { clientEntry, openProgram, repository } from "./program";
import { rollUpTypes } from "./roll-up";
import { type Packed, writeTarball } from "./tarball";

/** The limits of the server that the client is packed for. */
export type PackedLimits = { urlLength: number; batchLength: number };

const packageSchema = z.object({
  version: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
  dependencies: z.object({ "@trpc/server": z.string() }),
  // The server does not call itself: only its pages do, and they are built.
  devDependencies: z.object({ "@trpc/client": z.string() }),
});

/** Modules whose types the client uses and other repositories lack: their declarations are printed. */
const applicationModules = ["@/server/rpc/root", "@/server/rpc/error-codes"];

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

/** The only packages that the client's types may refer to. */
const allowed = new Set(["@trpc/client", "@trpc/server", "@trpc/server/rpc"]);

/** The client's declarations as one module: its own, those of its engines, and the router's by structure. */
async function rollUpClient(): Promise<string> {
  // Within the repository, so that tRPC's types are found from there.
  await mkdir(join(repository, "dist"), { recursive: true });
  const folder = await mkdtemp(join(repository, "dist", "client-types-"));
  try {
    const router = join(folder, "router.d.ts");
    const entry = join(folder, "index.ts");
    await writeFile(router, printRouter(openProgram(), ["ErrorCode"]));
    await writeFile(entry, `export * from ${JSON.stringify(clientEntry)};\nexport * from "./router";\n`);
    const rolled = await rollUpTypes({
      input: { index: entry },
      include: ["@weir/client", "@weir/core"],
      paths: Object.fromEntries(applicationModules.map((name) => [name, [router]])),
      sharedFolder: () => "",
      warn: (line) => {
        throw new PackError(line);
      },
    });
    const text = rolled.get("index.d.ts") ?? "";
    for (const [, from] of text.matchAll(/(?:from|import\() ?["']([^"']+)["']/g)) {
      if (from !== undefined && !allowed.has(from))
        throw new PackError(`The client's types refer to ${from}, which is not allowed.`);
    }
    return text;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes the client as an npm tarball into `folder`: one module, one self-contained file of types, and its guide.
 * Throws a PackError that names the procedure whose types cannot leave the repository.
 */
export async function packClient(folder: string, limits: PackedLimits): Promise<Packed> {
  const read = (path: string): Promise<string> => readFile(join(repository, path), "utf8");
  const { version, license, engines, dependencies, devDependencies } = packageSchema.parse(
    JSON.parse(await read("package.json")),
  );
  const content = new Map([
    ["README.md", await read("docs/client.md")],
    ["errors.md", await read("docs/errors.md")],
    ["LICENSE", await read("LICENSE")],
    ["index.js", await bundle(limits)],
    ["index.d.ts", await rollUpClient()],
  ]);
  const manifest = {
    name: "weir-client",
    version,
    description: "Typed calls to a Weir server, from Node and from browsers.",
    license,
    engines,
    entries: { ".": "index" },
    dependencies: {
      "@trpc/client": `^${devDependencies["@trpc/client"]}`,
      "@trpc/server": `^${dependencies["@trpc/server"]}`,
    },
  };
  return writeTarball(folder, manifest, content);
}
