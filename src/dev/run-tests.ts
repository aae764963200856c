import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@weir/embedded";
import { ensureBuild } from "./bootstrap/build";
import { setVariables } from "./bootstrap/environment";
import { runChecks } from "./checks";
import type { Tally } from "./checks";
import { countReport } from "./report-tally";

const usage = `Usage: npm test                        everything: checks, unit, integration and end-to-end tests
       npm test -- <file or pattern>  the tests whose path contains one of these, with what they need
       npm run test:unit              the unit tests: no services, no build

  Unit tests are *.test.ts; integration tests (*.int.test.ts) get a Postgres and two Redis servers of their own;
  end-to-end tests (*.e2e.ts, e2e/*.spec.ts) get a current build of the application and a Chromium.`;

const reports = mkdtempSync(join(tmpdir(), "weir-reports-"));
process.once("exit", () => rmSync(reports, { recursive: true, force: true }));

function run(args: readonly string[]): number | null {
  const { status, signal } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (signal === "SIGINT" || signal === "SIGTERM" || status === 130) process.exit(130);
  return status;
}

function runVitest(args: readonly string[]): Tally {
  const file = join(reports, "vitest.json");
  const report = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  return countReport("vitest", file, run(["node_modules/vitest/vitest.mjs", "run", ...report, ...args]));
}

function runPlaywright(args: readonly string[]): Tally {
  try {
    ensureBuild();
  } catch (error) {
    console.error(messageOf(error));
    return { passed: 0, failed: 1 };
  }
  const file = join(reports, "playwright.json");
  // The reporter takes the place of its file from the environment only.
  setVariables({ PLAYWRIGHT_JSON_OUTPUT_FILE: file });
  const report = "--reporter=list,json";
  return countReport("playwright", file, run(["node_modules/playwright/cli.js", "test", report, ...args]));
}

const isEndToEnd = (pattern: string): boolean => /^e2e\b|\.e2e\b|\.spec\b/.test(pattern);

function runAll(): Tally[] {
  const checks = runChecks();
  console.log("\n── unit and integration tests");
  const vitest = runVitest([]);
  console.log("\n── end-to-end tests");
  return [checks, vitest, runPlaywright([])];
}

/** What the patterns name. One that names no kind of test is looked for among unit and integration tests. */
function runNamed(patterns: readonly string[]): Tally[] {
  const browser = patterns.filter(isEndToEnd);
  const others = patterns.filter((pattern) => !isEndToEnd(pattern));
  const missing = patterns.filter(
    (pattern) => pattern.includes("/") && /\.tsx?$/.test(pattern) && !existsSync(pattern),
  );
  if (missing.length > 0) {
    console.error(`There is no such file: ${missing.join(", ")}`);
    process.exit(2);
  }
  return [...(others.length > 0 ? [runVitest(others)] : []), ...(browser.length > 0 ? [runPlaywright(browser)] : [])];
}

function printTotal(tallies: readonly Tally[]): void {
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) console.log(usage);
else if (args[0] === "--unit") printTotal([runVitest(["--project", "unit", ...args.slice(1)])]);
else printTotal(args.length === 0 ? runAll() : runNamed(args));
