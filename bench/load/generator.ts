import { existsSync } from "node:fs";
import { join } from "node:path";
import { lastLine, runProgram } from "@weir/embedded/processes";
import { installDebianPackages } from "@weir/embedded/system-packages";
import { installing } from "../installing";
import type { LoadGenerator, LoadOptions, LoadReport } from "./load";

const wrk = "/usr/bin/wrk";
const here = import.meta.dirname;

async function runGenerator(file: string, args: readonly string[], seconds: number): Promise<LoadReport> {
  const { code, output } = await runProgram(file, args, { timeoutMs: seconds * 1000 + 30_000 });
  if (code !== 0) throw new Error(`The load generator ${file} failed: ${lastLine(output)}`);
  // Written by the script beside this file.
  return JSON.parse(lastLine(output)) as LoadReport;
}

function generatorOf(name: string, command: LoadGenerator["command"]): LoadGenerator {
  const run = (options: LoadOptions): Promise<LoadReport> => {
    const { file, args } = command(options);
    return runGenerator(file, args, options.seconds);
  };
  return { name, run, command };
}

const byWrk = generatorOf("wrk", ({ origin, pathsFile, connections, seconds }) => ({
  file: wrk,
  args: ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "30s"].concat([
    "-s",
    join(here, "wrk.lua"),
    origin,
    "--",
    pathsFile,
  ]),
}));

const byNode = generatorOf("closed loop over node:http", ({ origin, pathsFile, connections, seconds }) => ({
  file: process.execPath,
  args: [join(here, "closed-loop.mjs"), origin, pathsFile, `${connections}`, `${seconds}`],
}));

/** wrk where it is installed or installable, otherwise our own loop, which takes more CPU time for the same load. */
export async function findLoadGenerator(log: (text: string) => void): Promise<LoadGenerator> {
  const missing = existsSync(wrk)
    ? null
    : await installDebianPackages(
        { packages: ["wrk"], reason: "The load generator is not installed" },
        installing(log),
      );
  if (missing === null) return byWrk;
  log(`No wrk: ${missing}. The load comes from ${byNode.name} instead.`);
  return byNode;
}
