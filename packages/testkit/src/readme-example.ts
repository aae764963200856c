import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { plainEnvironment } from "@weir/embedded/processes";
import { build } from "esbuild";
import { npmPackages } from "./bundles";

export type ReadmeExampleOptions = {
  /** Environment variables of the program, for example `{ DATABASE_URL: inject("databaseUrl") }`. */
  env?: Record<string, string>;
  /** Which TypeScript code block of the README to run, counted from 0. */
  block?: number;
  timeoutMs?: number;
};

const root = join(import.meta.dirname, "../../..");

function packageFolder(testUrl: string): string {
  let folder = dirname(fileURLToPath(testUrl));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** The `ts` and `tsx` code blocks of a Markdown text, in their order. */
export function codeBlocks(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^```tsx?\n([^]*?)^```$/gmu), ([, code = ""]) => code);
}

/**
 * Runs a TypeScript code block of the README of the package that contains the test (`import.meta.url`): an ES module
 * with top-level `await`, its imports resolved from the package, started as a Node process of its own in an empty
 * folder. Returns what it wrote to stdout. Rejects when the block does not exist, does not bundle, exits with another
 * code than 0 or takes longer than `timeoutMs` (60 s); the error message contains stderr.
 */
export async function runReadmeExample(
  testUrl: string,
  { env = {}, block = 0, timeoutMs = 60_000 }: ReadmeExampleOptions = {},
): Promise<string> {
  const folder = packageFolder(testUrl);
  const readme = join(folder, "README.md");
  const code = codeBlocks(await readFile(readme, "utf8"))[block];
  if (code === undefined) throw new Error(`${readme} has no TypeScript code block number ${block}.`);

  // Inside node_modules, where the bundle finds npm's packages.
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const bundleFolder = await mkdtemp(join(cache, "weir-readme-"));
  const workFolder = await mkdtemp(join(tmpdir(), "weir-readme-"));
  // An example may start Postgres, which runs as another user.
  await chmod(workFolder, 0o755);
  try {
    const outfile = join(bundleFolder, "example.mjs");
    await build({
      stdin: { contents: code, resolveDir: folder, sourcefile: readme, loader: "tsx" },
      outfile,
      bundle: true,
      external: npmPackages(),
      platform: "node",
      target: "node20.19",
      format: "esm",
      jsx: "automatic",
      sourcemap: "inline",
      tsconfig: join(root, "tsconfig.json"),
      logLevel: "silent",
    });
    const { stdout } = await promisify(execFile)(process.execPath, ["--enable-source-maps", outfile], {
      cwd: workFolder,
      env: { ...plainEnvironment, ...env },
      timeout: timeoutMs,
    });
    return stdout;
  } finally {
    await Promise.all([bundleFolder, workFolder].map((made) => rm(made, { recursive: true, force: true })));
  }
}
