import { existsSync } from "node:fs";
import { join } from "node:path";
import { lastLine, runProgram } from "@/dev/run-program";
import { installDebianPackages } from "../debian-packages";
import type { LoadGenerator, LoadOptions, LoadReport } from "./load";

const wrk = "/usr/bin/wrk";
const here = import.meta.dirname;

async function runGenerator(file: string, args: readonly string[], seconds: number): Promise<LoadReport> {
  const { code, output } = await runProgram(file, args, { timeoutMs: seconds * 1000 + 30_000 });
  if (code !== 0) throw new Error(`The load generator ${file} failed: ${lastLine(output)}`);
  // Written by the script beside this file.
  return JSON.parse(lastLine(output)) as LoadReport;
}

const byWrk: LoadGenerator = {
  name: "wrk",
  run: ({ origin, pathsFile, connections, seconds }: LoadOptions) => {
    const args = [
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      "--timeout",
      "30s",
      "-s",
      join(here, "wrk.lua"),
      origin,
      "--",
      pathsFile,
    ];
    return runGenerator(wrk, args, seconds);
  },
};

const byNode: LoadGenerator = {
  name: "closed loop over node:http",
  run: ({ origin, pathsFile, connections, seconds }: LoadOptions) =>
    runGenerator(
      process.execPath,
      [join(here, "closed-loop.mjs"), origin, pathsFile, `${connections}`, `${seconds}`],
      seconds,
    ),
};

/** wrk where it is or can be installed, else a loop of our own, which takes more CPU time for the same load. */
export async function findLoadGenerator(log: (text: string) => void): Promise<LoadGenerator> {
  const missing = existsSync(wrk) ? null : await installDebianPackages(["wrk"], log);
  if (missing === null) return byWrk;
  log(`wrk ${missing}; the load comes from ${byNode.name} instead.`);
  return byNode;
}
