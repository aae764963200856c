import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "@weir/embedded/processes";
import { runningNpm } from "../bootstrap/environment.js";
import { packClient } from "./pack-client";
import { repository } from "./program";

const installed = (name: string): string => join(repository, "node_modules", name);

/** A project outside the repository that has installed the packed client, without a network. */
export async function openClientProject() {
  const folder = await mkdtemp(join(tmpdir(), "weir-client-"));
  const inProject = (...parts: string[]): string => join(folder, ...parts);
  const write = (name: string, text: string): Promise<void> => writeFile(inProject(name), text);
  const packed = await packClient(folder, { urlLength: 4_000, batchLength: 7 });

  // tRPC is taken from this repository's packages.
  const from = (name: string): string => `file:${installed(name)}`;
  const dependencies = {
    "weir-client": `file:${packed.file}`,
    "@trpc/client": from("@trpc/client"),
    "@trpc/server": from("@trpc/server"),
  };
  await write("package.json", JSON.stringify({ name: "another", private: true, type: "module", dependencies }));
  const args = ["install", "--offline", "--install-links", "--legacy-peer-deps", "--no-audit", "--no-fund"];
  const npm = runningNpm();
  const cache = `--cache=${inProject(".npm")}`;
  const [file, first] = npm === null ? ["npm", []] : [process.execPath, [npm]];
  const { code, output } = await runProgram(file, [...first, ...args, cache], { cwd: folder, timeoutMs: 60_000 });
  if (code !== 0) throw new Error(output);

  return {
    packed,
    inProject,
    write,
    /** The compiler's output for these files in strict mode, including the types of packages. */
    check: async (files: readonly string[], module: "nodenext" | "preserve"): Promise<string> => {
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        module,
        target: "es2023",
        lib: ["es2023", "dom", "esnext.disposable"],
        types: [],
        noEmit: true,
      };
      await write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
      const compiler = installed("@typescript/native/bin/tsc");
      return (await runProgram(process.execPath, [compiler, "-p", "."], { cwd: folder, timeoutMs: 60_000 })).output;
    },
    /** The output of a program in the project. */
    run: async (name: string): Promise<string> =>
      (await runProgram(process.execPath, [name], { cwd: folder, timeoutMs: 30_000 })).output,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
