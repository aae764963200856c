import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countReport } from "./report-tally";

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "weir-report-")), "report.json");
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => {
  rmSync(join(file, ".."), { recursive: true });
  vi.restoreAllMocks();
});

function vitest(
  exitCode: number | null,
  ...files: { status: string; tests: string[] }[]
): ReturnType<typeof countReport> {
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((result) => ({ status: result })),
  }));
  writeFileSync(file, JSON.stringify({ testResults }));
  return countReport("vitest", file, exitCode);
}

function playwright(exitCode: number | null, stats: object, errors: unknown[] = []): ReturnType<typeof countReport> {
  writeFileSync(
    file,
    JSON.stringify({ stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0, ...stats }, errors }),
  );
  return countReport("playwright", file, exitCode);
}

test("counts passed and failed tests over all files", () => {
  const files = [
    { status: "passed", tests: ["passed", "passed"] },
    { status: "failed", tests: ["passed", "failed"] },
  ];
  expect(vitest(1, ...files)).toEqual({ passed: 3, failed: 1 });
  expect(playwright(1, { expected: 4, unexpected: 2 })).toEqual({ passed: 4, failed: 2 });
});

test("a file that could not be loaded is a failure, even without a failed test", () => {
  expect(vitest(1, { status: "passed", tests: ["passed"] }, { status: "failed", tests: [] })).toEqual({
    passed: 1,
    failed: 1,
  });
  expect(playwright(1, { expected: 1 }, [{ message: "SyntaxError" }])).toEqual({ passed: 1, failed: 1 });
});

test("a run that fails without a failed test is a failure", () => {
  expect(vitest(1, { status: "passed", tests: ["passed"] })).toEqual({ passed: 1, failed: 1 });
  expect(vitest(null, { status: "passed", tests: ["passed"] })).toEqual({ passed: 1, failed: 1 });
  expect(playwright(1, { expected: 1 })).toEqual({ passed: 1, failed: 1 });
});

test("a run without tests or without a report is a failure, even with exit code 0", () => {
  expect(vitest(0)).toEqual({ passed: 0, failed: 1 });
  expect(vitest(0, { status: "passed", tests: ["skipped"] })).toEqual({ passed: 0, failed: 1 });
  expect(playwright(0, { skipped: 3 })).toEqual({ passed: 0, failed: 1 });
  writeFileSync(file, "{");
  expect(countReport("vitest", file, 0)).toEqual({ passed: 0, failed: 1 });
  expect(countReport("playwright", join(file, "missing"), 0)).toEqual({ passed: 0, failed: 1 });
});

test("a test that passed only on retry is a failure", () => {
  expect(playwright(0, { expected: 1, flaky: 1 })).toEqual({ passed: 1, failed: 1 });
});
