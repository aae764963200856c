import { readFile } from "node:fs/promises";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openClientProject } from "@/dev/pack/test-project";
import { startCityApp } from "./test-app";

// The guide of the packed client, docs/client.md, uses the cities as its example.
let app: Awaited<ReturnType<typeof startCityApp>>;
let project: Awaited<ReturnType<typeof openClientProject>>;

beforeAll(async () => {
  [app, project] = await Promise.all([startCityApp(), openClientProject()]);
}, 120_000);
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

async function examples(): Promise<string[]> {
  const guide = await readFile(project.inProject("node_modules/weir-client/README.md"), "utf8");
  const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
  return blocks.map((code) => code.replaceAll("http://localhost:3000", app.origin));
}

test("every example of the guide compiles in strict mode with any module resolution", async () => {
  const codes = await examples();
  expect(codes.length).toBeGreaterThan(2);
  const files = codes.map((_code, index) => `example-${index}.ts`);
  await Promise.all(codes.map((code, index) => project.write(files[index] ?? "", code)));
  expect(await project.check(files, "nodenext")).toBe("");
  expect(await project.check(files, "preserve")).toBe("");
}, 60_000);

test("the first example prints what the guide says", async () => {
  const [code = ""] = await examples();
  await project.write("example.js", (await transform(code, { loader: "ts" })).code);
  const output = await project.run("example.js");
  expect(output).toMatch(/^São Paulo \(BR\), \d+ people\n/);
  expect(output).toContain("There is no such city.\n");
  expect(output).toMatch(/Changes of Japanese cities from \S+ on: ready\n$/);
}, 60_000);
