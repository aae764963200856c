import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runningNpm } from "../bootstrap/environment.js";
import { runProgram } from "@weir/embedded/processes";
import { startTestApp, type TestApp } from "../test-app";
import { packClient } from "./pack-client";
import { repository } from "./program";
import type { Packed } from "./tarball";

let project: string;
let app: TestApp;
let packed: Packed;

const inProject = (...parts: string[]): string => join(project, ...parts);
const installed = (name: string): string => join(repository, "node_modules", name);
const write = (name: string, text: string): Promise<void> => writeFile(inProject(name), text);
const compiler = installed("@typescript/native/bin/tsc");

/** npm without a network: tRPC is taken from this repository's packages. */
async function install(): Promise<void> {
  const from = (name: string): string => `file:${installed(name)}`;
  const dependencies = {
    "weir-client": `file:${packed.file}`,
    "@trpc/client": from("@trpc/client"),
    "@trpc/server": from("@trpc/server"),
  };
  await write("package.json", JSON.stringify({ name: "another", private: true, type: "module", dependencies }));
  const args = ["install", "--offline", "--install-links", "--legacy-peer-deps", "--no-audit", "--no-fund"];
  const npm = runningNpm();
  const cache = `--cache=${inProject(".npm")}`;
  const [file, first] = npm === null ? ["npm", []] : [process.execPath, [npm]];
  const { code, output } = await runProgram(file, [...first, ...args, cache], { cwd: project, timeoutMs: 60_000 });
  if (code !== 0) throw new Error(output);
}

/** What the compiler says to these files, in its strictest mode, the types of packages included. */
async function check(files: readonly string[], module: "nodenext" | "preserve"): Promise<string> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    module,
    target: "es2023",
    lib: ["es2023", "dom", "esnext.disposable"],
    types: [],
    noEmit: true,
  };
  await write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
  const { output } = await runProgram(process.execPath, [compiler, "-p", "."], { cwd: project, timeoutMs: 60_000 });
  return output;
}

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "weir-client-"));
  [app, packed] = await Promise.all([startTestApp(), packClient(project, { urlLength: 4_000, batchLength: 7 })]);
  await install();
}, 120_000);
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await rm(project, { recursive: true, force: true });
});

async function examples(): Promise<string[]> {
  const guide = await readFile(inProject("node_modules/weir-client/README.md"), "utf8");
  const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
  return blocks.map((code) => code.replaceAll("http://localhost:3000", app.origin));
}

test("its types need nothing but tRPC's", async () => {
  const types = await readFile(inProject("node_modules/weir-client/index.d.ts"), "utf8");
  const sources = [...types.matchAll(/from "([^"]+)"|import\("([^"]+)"\)/g)].map(([, from, inline]) => from ?? inline);
  expect(new Set(sources)).toEqual(new Set(["@trpc/client", "@trpc/server", "@trpc/server/rpc"]));
  expect(types).not.toMatch(/zod|drizzle-orm|Service\b|\bany\b/);
  expect(packed.files["index.js"]).toBeLessThan(40_000);
});

test("every example of the guide is right for the strictest compiler, however the program resolves modules", async () => {
  const codes = await examples();
  expect(codes.length).toBeGreaterThan(2);
  const files = codes.map((_code, index) => `example-${index}.ts`);
  await Promise.all(codes.map((code, index) => write(files[index] ?? "", code)));
  expect(await check(files, "nodenext")).toBe("");
  expect(await check(files, "preserve")).toBe("");
}, 60_000);

test("the first example does what it says", async () => {
  const [code = ""] = await examples();
  await write("example.js", (await transform(code, { loader: "ts" })).code);
  const { output } = await runProgram(process.execPath, ["example.js"], { cwd: project, timeoutMs: 30_000 });
  expect(output).toMatch(/^São Paulo \(BR\), \d+ people\n/);
  expect(output).toContain("There is no such city.\n");
  expect(output).toMatch(/Changes of Japanese cities from \S+ on: ready\n$/);
}, 60_000);

test("it keeps to the limits that it was packed with", async () => {
  await write(
    "limits.js",
    `import { createWeirClient } from "weir-client";
    const asked = [];
    const weir = createWeirClient({
      url: ${JSON.stringify(app.origin)},
      batching: "batch",
      fetch: (url, init) => (asked.push([init.method, new URL(url).pathname.split(",").length]), fetch(url, init)),
    });
    await Promise.all(Array.from({ length: 8 }, (_, id) => weir.city.byIds.query({ ids: [id + 1] })));
    await weir.city.byIds.query({ ids: Array.from({ length: 100 }, (_, id) => 2_000_000_000 + id) });
    await weir.city.list.query({ cursor: "é".repeat(1_100) }).catch(() => null);
    console.log(JSON.stringify(asked));`,
  );
  const { output } = await runProgram(process.execPath, ["limits.js"], { cwd: project, timeoutMs: 30_000 });
  expect(JSON.parse(output)).toEqual([
    ["GET", 7],
    ["GET", 1],
    ["GET", 1],
    ["POST", 1],
  ]);
}, 60_000);

test("a wrong call is an error where it is written", async () => {
  const lines = [
    'import { createWeirClient, isWeirError, type ErrorCode } from "weir-client";',
    'const weir = createWeirClient({ url: "http://localhost" });',
    'await weir.city.byId.query({ id: "1" });',
    "await weir.city.byId.query({ id: 1, name: 1 });",
    "await weir.city.byId.query();",
    "await weir.city.byName.query({ id: 1 });",
    "await weir.city.byId.mutate({ id: 1 });",
    "(await weir.city.byId.query({ id: 1 })).nickname;",
    'await weir.city.list.query({ order: "size" });',
    'createWeirClient({ batching: "sometimes" });',
    'const code: ErrorCode = "CITY_LOST";',
    'const other = (error: unknown) => isWeirError(error) && error.weirCode === "CITY_LOST";',
    "weir.city.changes.subscribe({ ids: 1 }, { onData: ({ data }) => data.type });",
    "export { code, other };",
  ];
  await write("wrong.ts", lines.join("\n"));
  const output = await check(["wrong.ts"], "nodenext");
  const found = [...output.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line));
  expect([...new Set(found)], output).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
}, 60_000);
