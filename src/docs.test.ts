import { access, readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalogue } from "../packages/telemetry/src/metrics/catalogue";
import { processSnapshotOf, fillAll } from "../packages/telemetry/src/metrics/test-snapshot";
import { renderPrometheus } from "../packages/telemetry/src/metrics/prometheus";
import { errorCatalogue } from "@/server/error-catalogue";
import { errorTable, replaceBlock } from "./dev/write-docs";

const read = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), "utf8");

const packages = z.record(z.string(), z.string());
const packageSchema = z.object({
  dependencies: packages.default({}),
  devDependencies: packages.default({}),
  optionalDependencies: packages.default({}),
  peerDependencies: packages.default({}),
});

/** The cells of each row of the first table under a heading, without the two lines that head it. */
function tableUnder(heading: string, markdown: string): string[][] {
  const section = markdown.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

describe("docs/errors.md", () => {
  test.for(Object.entries(errorCatalogue))("%s has a sentence that shows nothing of the inside", ([, { message }]) => {
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(message).not.toMatch(/postgres|redis|sql|stack|node_modules/i);
  });

  test("is what npm run docs writes", async () => {
    const text = await read("docs/errors.md");
    expect(replaceBlock(text, "errors", errorTable(errorCatalogue))).toBe(text);
  });

  test("says of every code when it comes and what to do", async () => {
    for (const cells of tableUnder("The catalogue", await read("docs/errors.md"))) {
      expect(cells).toHaveLength(6);
      expect(Math.min(...cells.map((cell) => cell.length)), cells[0]).toBeGreaterThan(2);
    }
  });
});

/** One process that has seen one of everything, as Prometheus text. */
async function samplePage(): Promise<string> {
  let page = "";
  for await (const piece of renderPrometheus(processSnapshotOf((book) => fillAll(book)))) page += piece;
  return page;
}

describe("docs/metrics.md", () => {
  test("lists every metric with its type and its labels", async () => {
    const listed = tableUnder("Metrics", await read("docs/metrics.md")).map(([name, type, labels]) => ({
      name,
      type,
      labels: (labels ?? "").split(", ").filter((label) => label !== ""),
    }));
    const page = await samplePage();
    const printed = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type]) => {
      const sample = page.match(new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, "m"));
      const labels = [...(sample?.[1] ?? "").matchAll(/(\w+)="/g)].map(([, label]) => label);
      return { name, type, labels };
    });
    expect(printed.length).toBeGreaterThan(40);
    expect(listed).toEqual(printed);
    expect(printed.map(({ labels }) => labels)).toEqual(catalogue.map(({ labels }) => labels));
  });

  test("the core metrics keep their names", async () => {
    const core = [
      "weir_rpc_duration_seconds",
      "weir_cache_reads_total",
      "weir_cache_load_seconds",
      "weir_sql_duration_seconds",
      "weir_pool_wait_seconds",
      "weir_eventloop_utilisation",
    ];
    const page = await samplePage();
    for (const name of core) expect(page).toContain(`# TYPE ${name} `);
  });
});

test("docs/architecture.md gives a reason for every package", async () => {
  const engines = await readdir(new URL("../packages/", import.meta.url));
  const manifests = ["package.json", ...engines.map((name) => `packages/${name}/package.json`)];
  const installed = new Set<string>();
  for (const file of manifests) {
    const kinds = Object.values(packageSchema.parse(JSON.parse(await read(file))));
    for (const name of kinds.flatMap((kind) => Object.keys(kind))) if (!name.startsWith("@weir/")) installed.add(name);
  }
  const section = (await read("docs/architecture.md")).split("## Dependencies")[1] ?? "";
  const named = [...section.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
  expect(named.toSorted()).toEqual([...installed].toSorted());
});

test("docs/decisions/README.md lists every decision", async () => {
  const files = (await readdir(new URL("../docs/decisions/", import.meta.url))).filter((name) => /^\d{4}-/.test(name));
  const linked = [...(await read("docs/decisions/README.md")).matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)].map(
    ([, file]) => file,
  );
  expect(linked).toEqual(files.toSorted());
  expect(files.length).toBeGreaterThan(10);
});

test.for([
  "README.md",
  "accounts.md",
  "architecture.md",
  "cache.md",
  "client.md",
  "errors.md",
  "export.md",
  "metrics.md",
  "queries.md",
  "telemetry.md",
  "data.md",
])("links within docs lead somewhere: %s", async (name) => {
  const folder = name === "README.md" ? "docs/decisions/" : "docs/";
  const text = await read(folder + name);
  for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
    await expect(access(new URL(`../${folder}${target}`, import.meta.url)), target).resolves.toBeUndefined();
  }
});
