import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@weir/embedded";
import { ensureBuild } from "./bootstrap/build";
import { setVariables } from "./bootstrap/environment";
import { features } from "@/features";
import { runChecks, runChecksIn, type Tally } from "./checks";
import { countReport } from "./report-tally";
import { copyWithoutFeatures, findBundledTexts } from "./without-features";

const usage = `Usage: npm test                        everything: checks, unit, integration and end-to-end tests; those of
                                       the platform in a copy from which every feature is removed
       npm test -- <file or pattern>  the tests whose path contains one of these, with what they need
       npm run test:unit              the unit tests: no services, no build

  Unit tests are *.test.ts; integration tests (*.int.test.ts) get a Postgres and two Redis servers of their own;
  end-to-end tests (*.e2e.ts, e2e/*.spec.ts) get a current build of the application and a Chromium.`;

const reports = mkdtempSync(join(tmpdir(), "weir-reports-"));
process.once("exit", () => rmSync(reports, { recursive: true, force: true }));

function run(args: readonly string[], cwd = "."): number | null {
  const { status, signal } = spawnSync(process.execPath, args, { stdio: "inherit", cwd });
  if (signal === "SIGINT" || signal === "SIGTERM" || status === 130) process.exit(130);
  return status;
}

function runVitest(args: readonly string[], cwd = "."): Tally {
  const file = join(reports, "vitest.json");
  rmSync(file, { force: true });
  const report = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  return countReport("vitest", file, run(["node_modules/vitest/vitest.mjs", "run", ...report, ...args], cwd));
}

function runPlaywright(args: readonly string[]): Tally {
  try {
    ensureBuild();
  } catch (error) {
    console.error(messageOf(error));
    return { passed: 0, failed: 1 };
  }
  const file = join(reports, "playwright.json");
  // The reporter reads the path of its file from the environment only.
  setVariables({ PLAYWRIGHT_JSON_OUTPUT_FILE: file });
  const report = "--reporter=list,json";
  return countReport("playwright", file, run(["node_modules/playwright/cli.js", "test", report, ...args]));
}

const isEndToEnd = (pattern: string): boolean => /^e2e\b|\.e2e\b|\.spec\b/.test(pattern);

/**
 * The platform alone: a copy of this clone from which `npm run weir -- remove feature` has removed every feature. The
 * integration tests of the platform run in it and only in it: they use a feature of their own (src/dev/notes), so they
 * are the same tests here and there, and running them twice would double the time of `npm test`.
 */
function runWithoutFeatures(): Tally[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "weir-platform-")));
  // Some tests run programs of the copy as another user.
  chmodSync(folder, 0o755);
  try {
    copyWithoutFeatures(folder);
    const texts = findBundledTexts(folder);
    for (const text of texts) console.error(`A text mentions the bundled feature. ${text}`);
    const checks = runChecksIn(folder);
    return [{ passed: texts.length === 0 ? 1 : 0, failed: texts.length }, checks, runVitest([], folder)];
  } catch (error) {
    console.error(messageOf(error));
    return [{ passed: 0, failed: 1 }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runAll(): Tally[] {
  const checks = runChecks();
  console.log("\n── unit tests");
  const unit = runVitest(["--project", "unit"]);
  console.log("\n── integration tests of the features");
  // Without a feature there is nothing to remove: all integration tests run here.
  const hasFeatures = features.some(() => true);
  const integration = runVitest(["--project", "integration", ...(hasFeatures ? ["src/features"] : [])]);
  console.log("\n── unit and integration tests of the platform, without the features");
  const platform = hasFeatures ? runWithoutFeatures() : [];
  console.log("\n── end-to-end tests");
  return [checks, unit, integration, ...platform, runPlaywright([])];
}

/** The test files that the patterns match. A pattern that matches no end-to-end test is passed to unit and integration tests. */
function runNamed(patterns: readonly string[]): Tally[] {
  const browser = patterns.filter(isEndToEnd);
  const others = patterns.filter((pattern) => !isEndToEnd(pattern));
  const missing = patterns.filter(
    (pattern) => pattern.includes("/") && /\.tsx?$/.test(pattern) && !existsSync(pattern),
  );
  if (missing.length > 0) {
    console.error(`No such file: ${missing.join(", ")}`);
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
