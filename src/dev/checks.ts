import { spawnSync } from "node:child_process";

type Check = { name: string; args: readonly string[] };

/** The static checks. Each is the program of a package with its arguments. */
const checks: readonly Check[] = [
  { name: "types", args: ["node_modules/@typescript/native/bin/tsc", "-p", "."] },
  {
    name: "lint",
    args: ["node_modules/oxlint/bin/oxlint", "--type-aware", "--report-unused-disable-directives-severity=error"],
  },
  { name: "format", args: ["node_modules/oxfmt/bin/oxfmt", "--check"] },
  {
    name: "walls",
    args: ["node_modules/dependency-cruiser/bin/dependency-cruise.mjs", "-T", "err-long", "src", "packages"],
  },
  { name: "dead code", args: ["node_modules/knip/bin/knip.js"] },
];

function succeeds(args: readonly string[], cwd = "."): boolean {
  return spawnSync(process.execPath, args, { stdio: "inherit", cwd }).status === 0;
}

export type Tally = { passed: number; failed: number };

function run(wanted: readonly Check[], cwd: string, isGood: (check: Check, succeeded: boolean) => boolean): Tally {
  const failed = wanted.filter((check) => {
    console.log(`\n── ${check.name}`);
    const good = isGood(check, succeeds(check.args, cwd));
    console.log(good ? `✓ ${check.name}` : `✗ ${check.name}`);
    return !good;
  });
  return { passed: wanted.length - failed.length, failed: failed.length };
}

/** Runs all checks, even after a failure, and counts each as one test. */
export function runChecks(): Tally {
  console.log("\n── route types");
  // Route types and next-env.d.ts, which the type check needs.
  const prepared = succeeds(["node_modules/next/dist/bin/next", "typegen"]);
  return run(checks, ".", ({ name }, succeeded) => succeeded && (name !== "types" || prepared));
}

/** Runs types, walls and dead code in a copy of the repository. */
export function runChecksIn(folder: string): Tally {
  const structural = checks.filter(({ name }) => name === "types" || name === "walls" || name === "dead code");
  return run(structural, folder, (_check, succeeded) => succeeded);
}
