import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRemoveCommand } from "./remove";

const list = `// The list of features.
import { orders } from "./orders/feature";
import { stockLevels } from "./stock-levels/feature";

export const features = [orders, stockLevels] as const;

export const servers = {
  orders: () => import(/* turbopackIgnore: true */ "./orders/server"),
  "stock-levels": () => import(/* turbopackIgnore: true */ "./stock-levels/server"),
};
`;

const journal = (...tags: string[]) =>
  JSON.stringify({
    version: "7",
    dialect: "postgresql",
    entries: tags.map((tag, idx) => ({ idx, version: "7", when: 1_000 + idx, tag, breakpoints: true })),
  });

const sources: Readonly<Record<string, string>> = {
  "package.json": `{
  "name": "house",
  "dependencies": {
    "charts": "1.0.0",
    "maps": "1.0.0"
  },
  "devDependencies": {
    "@types/maps": "1.0.0"
  }
}
`,
  "docs/architecture.md":
    "# House\n\n| `maps` | stays |\n\n## Dependencies\n\n| package | why |\n|---|---|\n| `maps` | Maps. |\n| `charts`, `@types/maps` | Both. |\n",
  // Stands in for the command that writes the tables of the docs.
  "bootstrap.js": `require("node:fs").writeFileSync("docs.txt", process.argv[2]);`,
  "src/features/index.ts": list,
  "src/features/orders/feature.ts": `import { map } from "maps"; import { bar } from "charts"; export const orders = [map, bar];`,
  "src/features/orders/migrations/0000_orders.sql": `CREATE SCHEMA "shop";\n--> statement-breakpoint\nCREATE TABLE "orders" ("id" integer);\n--> statement-breakpoint\nCREATE OR REPLACE FUNCTION fold_name(value text, times integer DEFAULT 1) RETURNS text LANGUAGE sql RETURN value;`,
  "src/features/orders/migrations/meta/_journal.json": journal("0000_orders"),
  "src/features/orders/migrations/meta/0000_snapshot.json": JSON.stringify({
    tables: {
      "public.orders": { name: "orders", schema: "" },
      "shop.lines": { name: "lines", schema: "shop" },
    },
  }),
  "src/features/stock-levels/feature.ts": `import { bar } from "charts"; export const stockLevels = bar;`,
  "drizzle/0000_tables.sql": "SELECT 1;",
  "drizzle/meta/_journal.json": journal("0000_tables"),
  "drizzle/meta/0000_snapshot.json": JSON.stringify({ id: "first", prevId: "none", tables: { users: 1 } }),
};

const dropSql = `-- Drops what the feature orders kept in Postgres. Extensions stay: other tables may use them.
DROP TABLE IF EXISTS "orders", "shop"."lines";
--> statement-breakpoint
DROP FUNCTION IF EXISTS fold_name(value text, times integer);
--> statement-breakpoint
DROP SCHEMA IF EXISTS "shop";
--> statement-breakpoint
DROP TABLE IF EXISTS "weir"."migrations_orders";
--> statement-breakpoint
DROP TABLE IF EXISTS "drizzle"."__drizzle_migrations_orders";
`;

let root: string;
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], { cwd: root });
const read = (path: string) => readFile(join(root, path), "utf8");
const write = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
const weir = (...words: string[]) => {
  const { run, options } = createRemoveCommand(root);
  const invocation = parseArgs({ args: words, options, allowPositionals: true });
  return run(invocation, () => Promise.reject(new Error("It needs no service.")));
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "weir-remove-"));
  for (const [path, text] of Object.entries(sources)) await write(path, text);
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "house");
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("a dry run shows what goes and changes nothing", async () => {
  const { text, data } = await weir("feature", "orders", "--dry-run");
  expect(text).toContain("- src/features/orders/feature.ts");
  expect(text).toContain('- import { orders } from "./orders/feature";');
  expect(text).toContain('- "maps": "1.0.0"');
  expect(text).toContain('+ DROP TABLE IF EXISTS "orders", "shop"."lines";');
  expect(text).toContain("npm run weir -- remove feature orders --drop");
  expect(data).toMatchObject({ feature: "orders", isDryRun: true, packages: ["@types/maps", "maps"] });
  expect(git("status", "--porcelain").toString()).toBe("");
});

test("the first step removes folder, entry and packages, and drops no table", async () => {
  await weir("feature", "orders");
  expect(existsSync(join(root, "src/features/orders"))).toBe(false);
  expect(await read("src/features/index.ts")).toBe(`// The list of features.
import { stockLevels } from "./stock-levels/feature";

export const features = [stockLevels] as const;

export const servers = {
  "stock-levels": () => import(/* turbopackIgnore: true */ "./stock-levels/server"),
};
`);
  expect(JSON.parse(await read("package.json"))).toEqual({
    name: "house",
    dependencies: { charts: "1.0.0" },
    devDependencies: {},
  });
  expect(await read("drizzle/later/drop_orders.sql")).toBe(dropSql);
  expect(await read("drizzle/meta/_journal.json")).toBe(sources["drizzle/meta/_journal.json"]);
  expect(await read("docs/architecture.md")).toBe(
    "# House\n\n| `maps` | stays |\n\n## Dependencies\n\n| package | why |\n|---|---|\n| `charts` | Both. |\n",
  );
  expect(await read("docs.txt")).toBe("docs");
});

test("without the last feature the list is empty", async () => {
  await weir("feature", "orders", "--force");
  await weir("feature", "stock-levels", "--force");
  expect(await read("src/features/index.ts")).toBe(`// The list of features.

export const features = [] as const;

export const servers = {};
`);
});

test("the second step makes the file the next migration of the platform", async () => {
  await expect(weir("feature", "orders", "--drop")).rejects.toThrow(/Remove the feature first/);
  await weir("feature", "orders");
  const { text } = await weir("feature", "orders", "--drop", "--dry-run");
  expect(text).toContain("Would write drizzle/0001_drop_orders.sql");
  expect(existsSync(join(root, "drizzle/0001_drop_orders.sql"))).toBe(false);
  await weir("feature", "orders", "--drop");
  expect(await read("drizzle/0001_drop_orders.sql")).toBe(dropSql);
  expect(existsSync(join(root, "drizzle/later/drop_orders.sql"))).toBe(false);
  const { entries } = JSON.parse(await read("drizzle/meta/_journal.json"));
  expect(entries).toMatchObject([{ tag: "0000_tables" }, { idx: 1, tag: "0001_drop_orders", version: "7" }]);
  expect(entries[1].when).toBeGreaterThan(entries[0].when);
  const snapshot = JSON.parse(await read("drizzle/meta/0001_snapshot.json"));
  expect(snapshot).toMatchObject({ prevId: "first", tables: { users: 1 } });
  expect(snapshot.id).not.toBe("first");
});

test("it refuses an unknown name and says which exist", async () => {
  await expect(weir("feature", "../orders")).rejects.toThrow(/The list has: orders, stock-levels\./);
  await expect(weir("feature", "..", "--force")).rejects.toThrow(/No feature has the name/);
  await expect(weir("orders")).rejects.toThrow(/Specify one feature/);
});

test("it refuses a folder with uncommitted changes unless forced", async () => {
  await write("src/features/orders/keys.ts", "export const key = 1;");
  await expect(weir("feature", "orders")).rejects.toThrow(/uncommitted changes: src\/features\/orders\/keys\.ts/);
  expect(existsSync(join(root, "src/features/orders"))).toBe(true);
  await weir("feature", "orders", "--force");
  expect(existsSync(join(root, "src/features/orders"))).toBe(false);
});

test("it refuses outside a checkout of the sources", async () => {
  await rm(join(root, ".git"), { recursive: true });
  await expect(weir("feature", "orders")).rejects.toThrow(/not a Git checkout/);
  await rm(join(root, "src"), { recursive: true });
  await expect(weir("feature", "orders")).rejects.toThrow(/Run it in a checkout/);
});

test("it refuses while another feature imports it, and names other files that do", async () => {
  await write(
    "src/features/stock-levels/keys.ts",
    `import { orders } from "../orders/feature"; export const key = orders;`,
  );
  await expect(weir("feature", "orders", "--force")).rejects.toThrow(
    /The feature stock-levels imports orders: src\/features\/stock-levels\/keys\.ts/,
  );
  await rm(join(root, "src/features/stock-levels/keys.ts"));
  await write("bench/orders.ts", `import { orders } from "@/features/orders/feature"; export const key = orders;`);
  const { text } = await weir("feature", "orders", "--dry-run");
  expect(text).toContain("These files import it too. Change them by hand:\n  bench/orders.ts");
});
