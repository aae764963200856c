import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../test-app";
import { openClientProject } from "./test-project";

let app: TestApp;
let project: Awaited<ReturnType<typeof openClientProject>>;

beforeAll(async () => {
  [app, project] = await Promise.all([startTestApp(), openClientProject()]);
}, 120_000);
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

test("its types depend only on tRPC's", async () => {
  const types = await readFile(project.inProject("node_modules/weir-client/index.d.ts"), "utf8");
  const sources = [...types.matchAll(/from "([^"]+)"|import\("([^"]+)"\)/g)].map(([, from, inline]) => from ?? inline);
  expect(new Set(sources)).toEqual(new Set(["@trpc/client", "@trpc/server", "@trpc/server/rpc"]));
  // Comments may say "any".
  const code = types.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  expect(code).not.toMatch(/zod|drizzle-orm|Service\b|\bany\b/);
  expect(project.packed.files["index.js"]).toBeLessThan(40_000);
});

test("it respects the limits that it was packed with", async () => {
  await project.write(
    "limits.js",
    `import { createWeirClient } from "weir-client";
    const asked = [];
    const weir = createWeirClient({
      url: ${JSON.stringify(app.origin)},
      batching: "batch",
      fetch: (url, init) => (asked.push([init.method, new URL(url).pathname.split(",").length]), fetch(url, init)),
    });
    await Promise.all(Array.from({ length: 8 }, () => weir.account.me.query()));
    await weir.traces.get.query({ id: "e".repeat(1_100) }).catch(() => null);
    await weir.traces.get.query({ id: "é".repeat(1_100) }).catch(() => null);
    console.log(JSON.stringify(asked));`,
  );
  expect(JSON.parse(await project.run("limits.js"))).toEqual([
    ["GET", 7],
    ["GET", 1],
    ["GET", 1],
    ["POST", 1],
  ]);
}, 60_000);

test("an invalid call is a type error at the call", async () => {
  const lines = [
    'import { createWeirClient, isWeirError, type ErrorCode } from "weir-client";',
    'const weir = createWeirClient({ url: "http://localhost" });',
    "await weir.users.sessions.query({ id: 1 });",
    'await weir.users.sessions.query({ id: "1", name: 1 });',
    "await weir.users.sessions.query();",
    "await weir.users.byName.query({ id: 1 });",
    'await weir.users.sessions.mutate({ id: "1" });',
    "(await weir.audit.list.query({})).nickname;",
    'await weir.audit.list.query({ action: "nothing" });',
    'createWeirClient({ batching: "sometimes" });',
    'const code: ErrorCode = "SESSION_LOST";',
    'const other = (error: unknown) => isWeirError(error) && error.weirCode === "SESSION_LOST";',
    "weir.insights.live.subscribe({ range: 1 }, { onData: ({ data }) => data.type });",
    "export { code, other };",
  ];
  await project.write("wrong.ts", lines.join("\n"));
  const output = await project.check(["wrong.ts"], "nodenext");
  const found = [...output.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line));
  expect([...new Set(found)], output).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
}, 60_000);
