import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyClone } from "@/dev/without-features";

const run = promisify(execFile);
let clone: string;
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), "weir-new-"));
  copyClone(clone);
});
afterAll(() => rm(clone, { recursive: true, force: true }));

const tool = (path: string, ...args: string[]) =>
  run(process.execPath, [`node_modules/${path}`, ...args], { cwd: clone });
/** `weir new feature …`, with what it printed. */
const generate = (...args: string[]) =>
  run(process.execPath, ["--import", "tsx", "src/cli/main.ts", "new", "feature", ...args], { cwd: clone });

const complete = [
  "--fields",
  "title:text,customer:text,total:integer,weight:number?,paid:boolean,day:date,placedAt:timestamp",
  "--orders",
  "placedAt:desc,total,title",
  "--filters",
  "customer,paid",
  "--stats",
  "total,weight",
];
/** Features of every shape, by name. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  orders: complete,
  "purchase-categories": ["--fields", "label:text", "--mutations", "none", "--read-role", "viewer", "--no-page"],
  boxes: [
    "--fields",
    "count:integer,day:date",
    "--filters",
    "day",
    "--mutations",
    "create,remove",
    "--write-role",
    "admin",
  ],
};

test("a dry run names the files and changes nothing", async () => {
  const before = await readFile(join(clone, "src/features/index.ts"), "utf8");
  const { stdout } = await generate("orders", ...complete, "--dry-run");
  expect(stdout).toContain("src/features/orders/service.ts");
  expect(stdout).toContain("Three things are yours to decide:");
  expect(existsSync(join(clone, "src/features/orders"))).toBe(false);
  expect(await readFile(join(clone, "src/features/index.ts"), "utf8")).toBe(before);
});

test(
  "generated features pass types, lint, format, walls, dead code and their own tests as they are",
  { timeout: 240_000 },
  async () => {
    for (const [name, options] of Object.entries(shapes)) {
      const { stdout } = await generate(name, ...options, "--json");
      const { files } = JSON.parse(stdout) as { files: string[] };
      expect(files.length).toBeLessThanOrEqual(12);
    }
    const folders = Object.keys(shapes).map((name) => `src/features/${name}`);
    // One after the other: each uses all cores.
    await tool("@typescript/native/bin/tsc", "-p", ".");
    await tool("oxlint/bin/oxlint", "--type-aware", ...folders);
    await tool("oxfmt/bin/oxfmt", "--check", ...folders, "src/features/index.ts");
    await tool("dependency-cruiser/bin/dependency-cruise.mjs", "-T", "err-long", "src", "packages");
    await tool("knip/bin/knip.js");
    const { stdout } = await tool("vitest/vitest.mjs", "run", "--project", "integration", ...folders);
    expect(stdout).toContain(`${folders.length} passed`);
  },
);

test("a feature that exists is refused, and a step that fails leaves nothing behind", async () => {
  await expect(generate("orders", ...complete)).rejects.toMatchObject({
    stderr: expect.stringContaining("src/features/orders exists."),
  });
  const before = await readFile(join(clone, "src/features/index.ts"), "utf8");
  await rm(join(clone, "node_modules/oxfmt"));
  await expect(generate("parcels", "--fields", "title:text")).rejects.toThrow("oxfmt");
  expect(existsSync(join(clone, "src/features/parcels"))).toBe(false);
  expect(await readFile(join(clone, "src/features/index.ts"), "utf8")).toBe(before);
});
