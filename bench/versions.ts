import { readFileSync } from "node:fs";
import { runProgram } from "@weir/embedded/processes";

/** The version of an installed npm package; null when it is missing. */
function packageVersion(name: string): string | null {
  try {
    // Every package has a version; npm refuses others.
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")) as { version: string };
    return version;
  } catch {
    return null;
  }
}

/** The first line of a program's version output; null when it cannot be started. wrk prints it with exit code 1. */
async function programVersion(file: string, args: readonly string[]): Promise<string | null> {
  const { code, output } = await runProgram(file, args);
  return code === null ? null : (output.split("\n")[0]?.trim() ?? null);
}

const packages = ["next", "react", "@trpc/server", "drizzle-orm", "postgres", "ioredis", "zod", "lru-cache"] as const;

/** The programs and packages that take part in every suite. */
export async function gatherVersions(): Promise<Record<string, string | null>> {
  return {
    node: process.versions.node,
    wrk: await programVersion("/usr/bin/wrk", ["-v"]),
    ...Object.fromEntries(packages.map((name) => [name, packageVersion(name)])),
  };
}
