import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeBlocks, runReadmeExample } from "./readme-example";

const readme = `# A package

\`\`\`ts
import { greeting } from "./src/greeting";
const word: string = await Promise.resolve(greeting);
console.log(word, process.env.NAME);
\`\`\`

\`\`\`sh
not a program
\`\`\`

\`\`\`ts
console.error("the reason");
process.exit(3);
\`\`\`

\`\`\`ts
setInterval(() => undefined, 1000);
\`\`\`
`;

let folder: string;
let testUrl: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-package-"));
  await mkdir(join(folder, "src/room"), { recursive: true });
  await writeFile(join(folder, "package.json"), "{}");
  await writeFile(join(folder, "README.md"), readme);
  await writeFile(join(folder, "src/greeting.ts"), 'export const greeting: string = "hello";\n');
  testUrl = pathToFileURL(join(folder, "src/room/readme.test.ts")).href;
});
afterAll(() => rm(folder, { recursive: true }));

test("only TypeScript code blocks are examples", () => {
  expect(codeBlocks(readme)).toHaveLength(3);
});

test("an example runs with the imports of its package and the given environment, and returns its stdout", async () => {
  expect(await runReadmeExample(testUrl, { env: { NAME: "world" } })).toBe("hello world\n");
});

test("an example that fails rejects with what it wrote to stderr", async () => {
  await expect(runReadmeExample(testUrl, { block: 1 })).rejects.toThrow("the reason");
});

test("an example that never ends is stopped at the time limit", async () => {
  await expect(runReadmeExample(testUrl, { block: 2, timeoutMs: 300 })).rejects.toMatchObject({ killed: true });
});

test("a block that does not exist is named", async () => {
  await expect(runReadmeExample(testUrl, { block: 3 })).rejects.toThrow("no TypeScript code block number 3");
});
