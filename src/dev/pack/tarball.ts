import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export type Packed = {
  /** Of the tarball. */
  file: string;
  sizeBytes: number;
  /** The files, each with its size in bytes. */
  files: Record<string, number>;
};

/** The fields of a tarball's `package.json` that differ between packages. */
export type Manifest = {
  name: string;
  version: string;
  description: string;
  license: string;
  engines: { node: string };
  /** Module names without extension, by import path: `{ ".": "index" }`. */
  entries: Readonly<Record<string, string>>;
  dependencies: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
  peerDependencies?: Readonly<Record<string, string>>;
};

/**
 * Writes `package.json` and these files to an npm tarball in `folder`, named as `npm pack` names it: `weir-cache-0.1.0.tgz`
 * for `@weir/cache`.
 */
export async function writeTarball(
  folder: string,
  manifest: Manifest,
  content: ReadonlyMap<string, string>,
): Promise<Packed> {
  const files = new Map([["package.json", manifestText(manifest)], ...content]);
  const tarball = packTar(files);
  const file = join(folder, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, tarball);
  const sizes = [...files].map(([name, text]) => [name, Buffer.byteLength(text)] as const);
  return { file, sizeBytes: tarball.length, files: Object.fromEntries(sizes) };
}

function manifestText(manifest: Manifest): string {
  const { entries, dependencies, optionalDependencies = {}, peerDependencies = {}, engines, ...about } = manifest;
  const modules = Object.entries(entries).map(
    ([path, name]) => [path, { types: `./${name}.d.ts`, default: `./${name}.js` }] as const,
  );
  const isFilled = (ranges: object): boolean => Object.keys(ranges).length > 0;
  const content = {
    ...about,
    type: "module",
    sideEffects: false,
    ...("." in entries ? { main: "./index.js", types: "./index.d.ts" } : {}),
    exports: { ...Object.fromEntries(modules), "./package.json": "./package.json" },
    engines,
    dependencies,
    ...(isFilled(optionalDependencies) ? { optionalDependencies } : {}),
    ...(isFilled(peerDependencies) ? { peerDependencies } : {}),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const blockBytes = 512;

/** A number in tar's format: octal, padded with zeros, terminated by NUL. */
const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;

function header(path: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(path, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(sizeBytes, 12), 124);
  // npm's fixed date for every file, so that the same sources produce the same bytes.
  block.write(octal(Date.UTC(1985, 9, 26, 8, 15) / 1_000, 12), 136);
  block.write("        0", 148);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/**
 * The files as a gzipped tar (POSIX ustar), each under `package/`, as npm expects. Paths are ASCII with at most 90
 * characters.
 */
function packTar(files: ReadonlyMap<string, string>): Buffer {
  const blocks = [...files].flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
    return [header(`package/${name}`, content.length), content, padding];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 });
}
