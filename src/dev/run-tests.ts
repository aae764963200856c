import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuild } from "./bootstrap/build.js";
import { setVariables } from "./bootstrap/environment.js";
import { runChecks } from "./checks";
import type { Tally } from "./checks";
import { messageOf } from "@weir/embedded";
import { countReport } from "./report-tally";

const reports = mkdtempSync(join(tmpdir(), "weir-reports-"));
process.once("exit", () => rmSync(reports, { recursive: true, force: true }));

function run(args: readonly string[]): number | null {
  const { status, signal } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (signal === "SIGINT" || signal === "SIGTERM" || status === 130) process.exit(130);
  return status;
}

function runVitest(): Tally {
  console.log("\n── unit and integration tests");
  const file = join(reports, "vitest.json");
  const args = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  return countReport("vitest", file, run(args));
}

function runPlaywright(): Tally {
  console.log("\n── end-to-end tests");
  try {
    ensureBuild();
  } catch (error) {
    console.error(messageOf(error));
    return { passed: 0, failed: 1 };
  }
  const file = join(reports, "playwright.json");
  // The reporter takes the place of its file from the environment only.
  setVariables({ PLAYWRIGHT_JSON_OUTPUT_FILE: file });
  return countReport("playwright", file, run(["node_modules/playwright/cli.js", "test", "--reporter=list,json"]));
}

const tallies = [runChecks(), runVitest(), runPlaywright()];
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
