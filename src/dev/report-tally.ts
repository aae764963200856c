import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Tally } from "./checks";

const vitestReport = z
  .object({
    testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
  })
  .transform(({ testResults }): Tally => {
    const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status));
    // A file that could not be loaded contains no failed test.
    const broken = testResults.filter(
      (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
    );
    return {
      passed: statuses.filter((status) => status === "passed").length,
      failed: statuses.filter((status) => status === "failed").length + broken.length,
    };
  });

const playwrightReport = z
  .object({ stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int() }), errors: z.array(z.unknown()) })
  .transform(({ stats, errors }): Tally => ({
    passed: stats.expected,
    // A test that needs a retry counts as a failure.
    failed: stats.unexpected + stats.flaky + errors.length,
  }));

const reports = { vitest: vitestReport, playwright: playwrightReport };

/**
 * Counts the tests in a runner's JSON report and compares them with its exit code: a run that failed without a failed
 * test, wrote no report or ran no tests is one failure.
 */
export function countReport(runner: keyof typeof reports, file: string, exitCode: number | null): Tally {
  let tally: Tally = { passed: 0, failed: 0 };
  try {
    tally = reports[runner].parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    console.error(`${runner} wrote no readable report.`);
  }
  const silent = tally.failed === 0 && (exitCode !== 0 || tally.passed === 0);
  if (silent)
    console.error(
      `${runner} exited with ${exitCode ?? "a signal"} after ${tally.passed} passed tests. This counts as a failure.`,
    );
  return silent ? { ...tally, failed: 1 } : tally;
}
