import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { z } from "zod";
import { PackError } from "./pack-error";
import { repository } from "./program";
import { rollUpTypes } from "./roll-up";
import { type Packed, writeTarball } from "./tarball";

const packages = join(repository, "packages");

const sourceSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  exports: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
const rootSchema = z.object({ engines: z.object({ node: z.string() }) });

type Source = z.infer<typeof sourceSchema> & {
  /** `packages/<folder>` */
  folder: string;
  /** By the paths that they are imported under. */
  entries: Readonly<Record<string, { name: string; file: string }>>;
};

/** Packages that the application and its engines must share one copy of, because they compare classes or share connections. */
const peers = new Set(["@trpc/server", "drizzle-orm", "ioredis", "postgres"]);

const read = (...path: string[]): Promise<string> => readFile(join(repository, ...path), "utf8");

/** The folders of all packages, in the order of their names. */
async function listPackages(): Promise<string[]> {
  const found = await readdir(packages, { withFileTypes: true });
  return found.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
}

/** Accepts `cache` and `@weir/cache`. Throws a PackError for an unknown package. */
function findPackages(wanted: readonly string[], known: readonly string[]): string[] {
  if (wanted.length === 0) return [...known];
  const folders = wanted.map((name) => name.replace(/^@weir\//, ""));
  const strange = folders.find((folder) => !known.includes(folder));
  if (strange !== undefined) throw new PackError(`No package is named ${strange}. Packages: ${known.join(", ")}.`);
  return [...new Set(folders)];
}

async function readSource(folder: string): Promise<Source> {
  const source = sourceSchema.parse(JSON.parse(await read("packages", folder, "package.json")));
  const entries = Object.entries(source.exports).map(([path, file]) => {
    if (path.includes("*")) throw new PackError(`${source.name} exports ${path}: list each module by name.`);
    return [path, { name: path === "." ? "index" : path.slice(2), file: join(packages, folder, file) }] as const;
  });
  const missing = entries.find(([, { file }]) => !existsSync(file));
  if (missing !== undefined)
    throw new PackError(`${source.name} exports ${missing[0]}, and ${missing[1].file} is missing.`);
  return { ...source, folder, entries: Object.fromEntries(entries) };
}

/** Bundles the modules of a package. Code that several of them share is in one file, so that its state exists once. */
async function bundleModules({ entries }: Source): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(Object.values(entries).map(({ name, file }) => [name, file])),
    absWorkingDir: repository,
    outdir: repository,
    bundle: true,
    write: false,
    splitting: true,
    packages: "external",
    platform: "neutral",
    target: ["node20.19", "es2022"],
    format: "esm",
    chunkNames: "shared-[hash]",
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, text }) => [relative(repository, path), text]));
}

/** Rolls up the declarations of all packages in one run of the compiler. Returns them by `<folder>/<file>`. */
function rollUpPackages(sources: readonly Source[], warn: (line: string) => void): Promise<Map<string, string>> {
  const entries = sources.flatMap(({ folder, entries: of }) =>
    Object.values(of).map(({ name, file }) => [`${folder}/${name}`, file] as const),
  );
  return rollUpTypes({
    input: Object.fromEntries(entries),
    sharedFolder: ([first = ""]) => `${relative(packages, first).split("/", 1)[0]}/`,
    warn,
  });
}

type Ranges = Readonly<Record<string, string>>;

function rangesOf(source: Source): { dependencies: Ranges; optionalDependencies: Ranges; peerDependencies: Ranges } {
  const ranges = (versions: Ranges) =>
    Object.entries(versions).map(
      // Packages of one release belong together.
      ([name, version]) => [name, name.startsWith("@weir/") ? version : `^${version}`] as const,
    );
  const needed = ranges(source.dependencies);
  return {
    dependencies: Object.fromEntries(needed.filter(([name]) => !peers.has(name))),
    optionalDependencies: Object.fromEntries(ranges(source.optionalDependencies)),
    peerDependencies: Object.fromEntries(needed.filter(([name]) => peers.has(name))),
  };
}

export type PackOptions = {
  /** Folders of packages; all unless given. */
  wanted?: readonly string[];
  onProgress?: (line: string) => void;
};

/**
 * Writes each package to an npm tarball in `out`: modules, declarations, README and license. Rejects with a PackError that
 * says what to change.
 */
export async function packPackages(
  out: string,
  { wanted = [], onProgress = () => {} }: PackOptions = {},
): Promise<Packed[]> {
  const sources = await Promise.all(findPackages(wanted, await listPackages()).map(readSource));
  const { engines } = rootSchema.parse(JSON.parse(await read("package.json")));
  const license = await read("LICENSE");
  onProgress(`Rolling up the declarations of ${sources.map(({ name }) => name).join(", ")} …`);
  const types = await rollUpPackages(sources, (line) => onProgress(`  ${line}`));
  const packed: Packed[] = [];
  for (const source of sources) {
    onProgress(`Packing ${source.name} …`);
    const { folder, name, version, description, license: terms } = source;
    const own = [...types].filter(([file]) => file.startsWith(`${folder}/`));
    const content = new Map([
      ["README.md", await read("packages", folder, "README.md")],
      ["LICENSE", license],
      ...(await bundleModules(source)),
      ...own.map(([file, text]) => [file.slice(folder.length + 1), text] as const),
    ]);
    const modules = Object.entries(source.entries).map(([path, entry]) => [path, entry.name] as const);
    const manifest = { name, version, description, license: terms, engines, ...rangesOf(source) };
    packed.push(await writeTarball(resolve(out), { ...manifest, entries: Object.fromEntries(modules) }, content));
  }
  return packed;
}
