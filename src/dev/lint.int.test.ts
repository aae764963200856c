import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

type Report = {
  diagnostics: { code: string; filename: string; message: string; help?: string }[];
  number_of_files: number;
};

/** One file per rule that this project enables: the path, the rule, and code that breaks only this rule. */
const plants: readonly (readonly [path: string, rule: string, text: string])[] = [
  ["src/promise.ts", "typescript(no-floating-promises)", `const later = async (): Promise<number> => 1;\nlater();\n`],
  ["src/thenable.ts", "typescript(no-floating-promises)", `import { statement } from "./statement";\nstatement();\n`],
  [
    "src/misused.ts",
    "typescript(no-misused-promises)",
    `export const loud = (run: Promise<boolean>): number => (run ? 1 : 2);\n`,
  ],
  ["src/any.ts", "typescript(no-explicit-any)", `export const wide = (value: any): boolean => value === 1;\n`],
  ["src/bang.ts", "typescript(no-non-null-assertion)", `export const first = (list: number[]): number => list[0]!;\n`],
  [
    "src/kind.ts",
    "typescript(consistent-type-imports)",
    `import { Shape } from "./statement";\nexport const shape: Shape = 1;\n`,
  ],
  [
    "src/cases.ts",
    "typescript(switch-exhaustiveness-check)",
    `export function say(kind: "a" | "b"): number {\n  switch (kind) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}\n`,
  ],
  ["src/thrown.ts", "eslint(no-throw-literal)", `export function fail(): never {\n  throw "no";\n}\n`],
  ["src/silenced.ts", "typescript(ban-ts-comment)", `// @ts-ignore\nexport const silenced = 1;\n`],
  ["src/environment.ts", "eslint(no-restricted-properties)", `export const port = process.env["PORT"];\n`],
  [
    "src/unpacked.ts",
    "eslint(no-restricted-properties)",
    `const { env } = process;\nexport const port = env["PORT"];\n`,
  ],
  [
    "src/borrowed.ts",
    "eslint(no-restricted-imports)",
    `import { env } from "node:process";\nexport const port = env["PORT"];\n`,
  ],
  ["src/standard.ts", "import(no-default-export)", `export default 1;\n`],
  ["src/CamelCase.ts", "unicorn(filename-case)", `export const name = 1;\n`],
  ["src/long.ts", "eslint(max-lines)", `export const long = 1;\n${"// line\n".repeat(450)}`],
  ["src/loose.ts", "eslint(eqeqeq)", `export const same = (a: number): boolean => a == 1;\n`],
  [
    "src/empty.test.ts",
    "vitest(expect-expect)",
    `import { test } from "vitest";\ntest("nothing is looked at", () => undefined);\n`,
  ],
  [
    "src/skipped.test.ts",
    "vitest(no-disabled-tests)",
    `import { expect, test } from "vitest";\ntest.skip("later", () => expect(1).toBe(1));\n`,
  ],
];
/** What the rules must leave alone. */
const sound: readonly (readonly [path: string, text: string])[] = [
  [
    "src/statement.ts",
    `export type Shape = number;\nexport const statement = (): PromiseLike<number> => Promise.resolve(1);\n`,
  ],
  ["src/env.js", `export const env = process.env;\n`],
  ["src/app/page.tsx", `export default function Page() {\n  return null;\n}\n`],
];

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
let folder: string;
let report: Report;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-lint-"));
  for (const name of [".oxlintrc.json", "tsconfig.json"]) await copyFile(join(root, name), join(folder, name));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const all: Record<string, string> = Object.fromEntries(sound);
  for (const [path, , text] of plants) all[path] = text;
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const { stdout } = await run(process.execPath, [oxlint, "--type-aware", "--format", "json", "src"], {
    cwd: folder,
    // It exits with 1 on findings, which are read from its report.
  }).catch((failure: { stdout: string }) => failure);
  report = JSON.parse(stdout) as Report;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const found = (path: string): string[] =>
  report.diagnostics.filter(({ filename }) => filename === path).map(({ code }) => code);

describe("the lint rules", () => {
  test.for(plants)("%s breaks %s and nothing else", ([path, rule]) => {
    expect([...new Set(found(path))]).toEqual([rule]);
  });

  test.for(sound)("%s has no findings", ([path]) => {
    expect(found(path)).toEqual([]);
  });

  test("every file was read", () => {
    expect(report.number_of_files).toBe(plants.length + sound.length);
  });

  test("the finding about the environment names the fix", () => {
    const finding = report.diagnostics.find(({ filename }) => filename === "src/environment.ts");
    expect(`${finding?.message} ${finding?.help}`).toContain("src/env.js");
  });
});
